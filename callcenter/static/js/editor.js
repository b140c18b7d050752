// Where letters are text and not keys.
export const isEditor = (node) => Boolean(node?.matches?.("textarea, select, input:not([type=checkbox]), [contenteditable=true]"));
