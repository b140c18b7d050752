"""What a customer allowed or refused: kept with its proof, told to other systems, and asked for when nobody knows."""
