// What a human sees of the page, as data: the same shape as conformance/target/pageview.py.
// Every control gets the attribute data-conformance-key, by which it is found again.
(selectors) => {
  if (document.readyState === "loading") return null;
  const MOST = 800;
  const LONGEST = 20000;
  const KEY = "data-conformance-key";
  const ROLES = { banner: "header", navigation: "nav", contentinfo: "footer",
    complementary: "aside", dialog: "dialog", alertdialog: "dialog", search: "search" };
  const LANDMARKS = ["header", "nav", "footer", "aside", "dialog"];
  const squeeze = (text) => (text || "").slice(0, 4 * LONGEST).replace(/\s+/g, " ").trim()
    .slice(0, LONGEST);
  const attribute = (element, name) => (element.getAttribute(name) || "").trim();
  const cookies = /(^|[\s_-])(cookies?|gdpr|dsgvo|rgpd)/i;

  const roots = [document];
  for (let at = 0; at < roots.length && roots.length < 50; at++) {
    for (const element of roots[at].querySelectorAll("*")) {
      if (element.shadowRoot) roots.push(element.shadowRoot);
    }
  }
  const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);

  const isSeen = (element) => {
    if (element.checkVisibility &&
        !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    if (box.width <= 1 && box.height <= 1) return false;
    return box.right + window.scrollX > 0 && box.bottom + window.scrollY > 0;
  };
  // Drawn boxes hide the real one behind their label.
  const isChoiceSeen = (element) => isSeen(element) ||
    [...(element.labels || [])].some((label) => isSeen(label));

  const placeOf = (element) => {
    for (let at = element, first = true; at && at.getAttribute; first = false,
        at = at.parentElement || (at.getRootNode().host ?? null)) {
      const name = at.tagName.toLowerCase();
      const role = ROLES[attribute(at, "role").toLowerCase()];
      if (role) return [role, at];
      const marks = attribute(at, "id") + " " + attribute(at, "class");
      if (!["html", "body", "main"].includes(name) && cookies.test(marks)) return ["cookies", at];
      if (name === "form" && /search/i.test(marks)) return ["search", at];
      if (LANDMARKS.includes(name)) return [name, at];
    }
    return ["main", null];
  };

  const labelled = (element) => {
    const by = attribute(element, "aria-labelledby").split(/\s+/).filter(Boolean)
      .map((id) => document.getElementById(id)?.innerText);
    const names = [...[...(element.labels || [])].map((label) => label.innerText), ...by,
      ...["aria-label", "placeholder", "title"].map((name) => attribute(element, name))];
    return squeeze([...new Set(names.filter(Boolean).map(squeeze))].join(" ")).slice(0, 300);
  };

  const isAlert = (element) => (attribute(element, "role") === "alert" ||
    /(^|[\s_-])(error|errors|errorlist|invalid|danger)(?![a-z])/i.test(attribute(element, "class")))
    && isSeen(element);

  const parts = new Map();
  const partOf = (element) => {
    const form = element.form || element.closest("form");
    const [place, landmark] = placeOf(form || element);
    const owner = form || landmark || document;
    if (!parts.has(owner)) {
      const key = `f${parts.size}`;
      if (form) form.setAttribute(KEY, key);
      parts.set(owner, { key, real: Boolean(form), place,
        action: form ? form.getAttribute("action") ? new URL(form.getAttribute("action"),
          document.baseURI).href : location.href : "",
        method: form ? (form.getAttribute("method") || "get").toLowerCase() : "get",
        enctype: form ? attribute(form, "enctype").toLowerCase() : "",
        text: form || landmark ? squeeze(owner.innerText) : "", fields: [], buttons: [] });
    }
    return parts.get(owner);
  };
  const absolute = (target) => {
    try { return target ? new URL(target, document.baseURI).href : ""; } catch { return ""; }
  };

  const controls = all("input, select, textarea, button, a[href], [role=button]").slice(0, MOST);
  controls.forEach((element, number) => {
    const key = `c${number}`;
    const name = element.tagName.toLowerCase();
    const kind = name === "input" ? element.type : attribute(element, "type").toLowerCase();
    element.setAttribute(KEY, key);
    const part = partOf(element);
    const isButton = !["input", "select", "textarea"].includes(name) ||
      ["submit", "button", "image", "reset"].includes(kind);
    const shared = { key, name: attribute(element, "name"), id: attribute(element, "id"),
      disabled: element.matches(":disabled") || attribute(element, "aria-disabled") === "true" };
    if (isButton) {
      const shown = name === "input" ? element.value || attribute(element, "alt")
        : element.innerText || element.querySelector("img")?.alt;
      const type = name === "a" ? "link" : name === "button"
        ? (["button", "reset"].includes(kind) ? kind : "submit") : name === "input" ? kind
        : "button";
      part.buttons.push({ ...shared,
        text: (squeeze(shown) || labelled(element)).slice(0, 200), type,
        value: name === "input" || name === "button" ? element.value || "" : "",
        role: attribute(element, "role").toLowerCase(),
        target: absolute(element.getAttribute("href") || element.getAttribute("formaction")),
        visible: isSeen(element) });
      return;
    }
    const type = name === "input" ? kind : name;
    const choice = ["checkbox", "radio"].includes(type);
    part.fields.push({ ...shared, type, label: labelled(element),
      autocomplete: attribute(element, "autocomplete").toLowerCase(), value: element.value || "",
      visible: type !== "hidden" && (choice ? isChoiceSeen(element) : isSeen(element)),
      required: element.required || attribute(element, "aria-required") === "true",
      checked: Boolean(element.checked), readonly: Boolean(element.readOnly) && !choice,
      longest: Math.max(0, element.maxLength ?? 0),
      problem: element.value && element.willValidate ? element.validationMessage : "" });
  });

  const matched = {};
  for (const selector of selectors) {
    let found = null;
    try {
      found = all(selector).find(isSeen);
    } catch { continue; }
    if (!found) continue;
    if (!found.hasAttribute(KEY)) found.setAttribute(KEY, `e${Object.keys(matched).length}`);
    matched[selector] = found.getAttribute(KEY);
  }

  const text = roots.map((root) => root === document ? document.body?.innerText
    : [...root.children].map((child) => child.innerText || "").join(" ")).join(" ");
  const marked = all("div, iframe, input, img").some((element) =>
    /captcha/i.test(["class", "id", "src", "name", "title"].map((n) => attribute(element, n))
      .join(" ")) && isSeen(element));
  return {
    url: location.href, title: squeeze(document.title), text: squeeze(text),
    headings: squeeze(all("h1, h2, h3, [role=heading]").filter(isSeen)
      .map((heading) => heading.innerText).join(" ")),
    alerts: squeeze(all("[role=alert], p, div, span, ul, li, small, strong").filter(isAlert)
      .map((element) => element.innerText).join(" ")).slice(0, 500),
    forms: [...parts.values()], matched, captcha: marked, scripted: document.scripts.length > 0 || Boolean(document.body?.onload) ||
      document.querySelector("meta[http-equiv=refresh i]") !== null,
  };
}
