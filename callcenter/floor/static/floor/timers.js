// Pages with timers and nothing else: the shared clock draws them.
import "../js/clock.js";
