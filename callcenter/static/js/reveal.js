// One masked value in clear: asked for, written down by the server first, masked again after 30 s.
import { explain, send } from "./commands.js";

async function reveal(button) {
  button.disabled = true;
  // found before it is asked for: by the answer another conversation, or another person, may stand there
  const holder = button.closest(".masked")?.firstChild ?? document.querySelector(".identity-name").firstChild;
  const masked = holder.textContent;
  const answer = await send("/console/reveal/", { field: button.dataset.reveal, call: button.dataset.call }, { tries: 1 });
  button.disabled = false;
  if (!answer.ok) return explain(answer);
  if (!holder.isConnected || holder.textContent !== masked) return;
  const clear = `${answer.data.value} `;
  holder.textContent = clear;
  holder.parentElement.classList.add("revealed");
  setTimeout(() => {
    if (!holder.isConnected || holder.textContent !== clear) return;
    holder.textContent = masked;
    holder.parentElement.classList.remove("revealed");
  }, answer.data.seconds * 1000);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-reveal]");
  if (button && !button.disabled) reveal(button);
});
