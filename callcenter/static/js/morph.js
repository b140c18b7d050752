// Our morph: what is being typed, and everything inside a `data-island`, is never touched by a refresh.

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
  window.Idiomorph.morph(target, html, settings);
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
