/** Building and updating nodes. Data only ever becomes text: nothing here parses HTML. */

/**
 * Make an element.
 * @param {string} tag
 * @param {Object<string, any>} [props] `class`, `data-…`, `aria-…`, attributes; `on…` are
 *   listeners; `value` and `checked` are set as properties; `true` is an attribute without a
 *   value, and `null`, `undefined` and `false` leave it out.
 * @param {...(Node|string|number|null|undefined|false|Array)} children
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  setProps(node, props ?? {});
  append(node, children);
  return node;
}

/** The same for SVG elements. */
export function svg(tag, props, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setProps(node, props ?? {});
  append(node, children);
  return node;
}

function setProps(node, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name === "value" || name === "checked") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
}

/** Set an element's text, touching the document only when it changes. */
export function setText(node, text) {
  const wanted = text === null || text === undefined ? "" : String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

/** Set or remove an attribute, touching the document only when it changes. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const wanted = value === true ? "" : String(value);
  if (node.getAttribute(name) !== wanted) node.setAttribute(name, wanted);
}

/** Replace everything in an element. */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
}

/** Show or hide an element. */
export function show(node, isShown) {
  if (node.hidden === isShown) node.hidden = !isShown;
}

/**
 * A list whose nodes are kept, moved and updated by key: focus, scrolling and transitions survive.
 * @param {Element} container Holds nothing else.
 * @param {(item: any) => HTMLElement} create Makes the node of a new item.
 * @param {(node: HTMLElement, item: any, index: number) => void} update Brings it up to date.
 * @returns {(items: Iterable<any>, keyOf: (item: any) => string|number) => void}
 */
export function keyedList(container, create, update) {
  const nodes = new Map();
  return (items, keyOf) => {
    const wanted = new Map();
    let index = 0;
    for (const item of items) {
      const key = keyOf(item);
      const node = nodes.get(key) ?? create(item);
      wanted.set(key, node);
      update(node, item, index);
      if (container.children[index] !== node) {
        container.insertBefore(node, container.children[index] ?? null);
      }
      index += 1;
    }
    for (const [key, node] of nodes) if (!wanted.has(key)) node.remove();
    nodes.clear();
    for (const [key, node] of wanted) nodes.set(key, node);
  };
}

/** Call `draw` once in the next frame, however often this is asked for. */
export function drawSoon(draw) {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      draw();
    });
  };
}
