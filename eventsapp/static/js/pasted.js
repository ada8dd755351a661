/**
 * Makes plain HTML of what Word and mail programs put on the clipboard, before the editor cleans it: their
 * lists are paragraphs with a dot in front, their headings may have any rank. Used by rich-text.js only.
 */

const HEADING = "H3";
const NUMBER = /^\s*\(?([0-9]{1,3}|[a-z]|[ivx]{1,4})[.)]/i;

/**
 * @param {string} html
 * @returns {string} the same, with real lists and with headings of the one rank that the editor has
 */
export function tidied(html) {
  if (!/\bmso|<h[1456]/i.test(html)) return html; // what was kept here has neither
  // Mended as text first: parsed with them, styles would be judged by the policy of the page.
  const marked = html
    .replace(/<style[\s\S]*?<\/style>/gi, "")
    .replace(/<!--\[if !supportLists\]-->|<!\[if !supportLists\]>|<!--\[endif\]-->|<!\[endif\]>/gi, "")
    .replace(/\sstyle=("|')[^"']*mso-list:\s*ignore[\s\S]*?\1/gi, " data-mark")
    .replace(/\sstyle=("|')[^"']*mso-list:\s*l\d[\s\S]*?\1/gi, " data-item")
    .replace(/\sstyle=("|')[\s\S]*?\1/gi, "");
  const body = new DOMParser().parseFromString(marked, "text/html").body;
  body.querySelectorAll("[data-item]").forEach(toItem);
  body.querySelectorAll("h1, h2, h4, h5, h6").forEach((one) => rename(one, HEADING));
  return body.innerHTML;
}

/**
 * Put a paragraph that Word meant as an item into the list before it, or into a new one.
 * @param {Element} paragraph
 */
function toItem(paragraph) {
  const mark = paragraph.querySelector("[data-mark]");
  const tag = NUMBER.test(mark?.textContent ?? "") ? "OL" : "UL";
  mark?.remove();
  const before = paragraph.previousElementSibling;
  const list = before?.tagName === tag ? before : document.createElement(tag);
  if (list !== before) paragraph.before(list);
  list.append(paragraph);
  rename(paragraph, "LI");
}

/**
 * @param {Element} one
 * @param {string} tag
 */
function rename(one, tag) {
  const other = document.createElement(tag);
  other.append(...one.childNodes);
  one.replaceWith(other);
}
