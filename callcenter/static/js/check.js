// Device check: ring tone, notification, clock.
import { clockOffset } from "./clock.js";
import { mark } from "./page.js";
import { startTone, stopTone, unlock } from "./ring.js";

document.getElementById("test-ring").addEventListener("click", () => {
  unlock();
  stopTone();
  startTone(4);
  setTimeout(stopTone, 4500);
});
document.getElementById("ask-notification").addEventListener("click", async () => {
  const answer = await Notification.requestPermission();
  mark("notification", answer === "granted" ? "yes" : "no");
  document.querySelector(".check-denied").hidden = answer !== "denied";
});
document.querySelector(".check-denied").hidden = !("Notification" in window) || Notification.permission !== "denied";
setInterval(() => (document.getElementById("clock-offset").textContent = (Math.abs(clockOffset()) / 1000).toFixed(1)), 1000);
