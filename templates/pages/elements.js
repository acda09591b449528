// The page's elements by id, with their types checked.

/**
 * Throws: Error if the page has no such element.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`no ${type.name} #${id}`);
  return found;
}

/** @param {string} id */
export const input = (id) => element(id, HTMLInputElement);

/** @param {string} id */
export const form = (id) => element(id, HTMLFormElement);

/**
 * Replaces one state of a page by another: hides the first, shows the second, sets the document's title to its heading, and moves
 * the focus there, so that screen readers read it.
 * @param {string} from
 * @param {string} to
 */
export function turnTo(from, to) {
  element(from, HTMLElement).hidden = true;
  element(to, HTMLElement).hidden = false;
  const heading = element(`${to}-heading`, HTMLHeadingElement);
  setTitle(heading.textContent ?? "");
  heading.focus();
}

/** @param {string} state */
function setTitle(state) {
  document.title = `${state} · ${document.body.dataset.productName}`;
}
