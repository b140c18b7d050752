"""The study: rows handed in → Parquet; the same Ibis expressions run on DuckDB or, beyond one machine, on Apache Spark."""
