// Our morph: what is being typed, and everything inside a `data-island`, is never touched by a refresh. A region whose
// first element has another id is about something else: nothing of it is kept, lest one customer's words stay in
// another's fields.

const isTimer = (node) => node.parentElement?.matches?.(".timer[data-since], .timer[data-until]");

const settings = {
  morphStyle: "innerHTML",
  ignoreActiveValue: true,
  callbacks: {
    beforeNodeMorphed: (old, fresh) =>
      !(old.dataset?.island !== undefined && old.id === fresh.id) && !(old.nodeType === Node.TEXT_NODE && isTimer(old)),
  },
};

export function morph(target, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  if ((target.firstElementChild?.id ?? "") === (fresh.content.firstElementChild?.id ?? "")) {
    window.Idiomorph.morph(target, html, settings);
  } else {
    target.dispatchEvent(new CustomEvent("region-leaves", { bubbles: true }));
    target.replaceChildren(fresh.content);
  }
  window.htmx.process(target);
}

window.htmx.defineExtension("morph", {
  isInlineSwap: () => false,
  handleSwap(style, target, fragment) {
    if (style !== "morph") return false;
    window.Idiomorph.morph(target, [...fragment.childNodes], settings);
    return [target];
  },
});
