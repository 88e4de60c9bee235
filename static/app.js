// The site works without this module: it only makes it quicker.

const root = document.documentElement;
root.classList.add("has-js");

const wait = (ms, fn) => {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(fn, ms, ...args);
  };
};

const on = (node, type, fn) => node.addEventListener(type, fn);
const each = (selector, enhance) => document.querySelectorAll(selector).forEach(enhance);

const headers = { "X-Requested-With": "fetch" };

const announce = (text) => {
  const status = document.querySelector("[data-announce]");
  if (status) status.textContent = text;
};

const parse = (html) => new DOMParser().parseFromString(html, "text/html");

const make = (tag, attributes, ...children) => {
  const node = document.createElement(tag);
  for (const name in attributes) node.setAttribute(name, attributes[name]);
  node.append(...children);
  return node;
};

// Filters: folded on a narrow screen, open on a wide one.

const wide = matchMedia("(min-width: 62rem)");
const unfold = () => {
  if (wide.matches) each("[data-drawer]", (drawer) => (drawer.open = true));
};
unfold();
on(wide, "change", unfold);

// Account menu.

each("[data-menu]", (menu) => {
  on(window, "click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  on(menu, "keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

document.querySelector("[data-error-summary]")?.focus();

// Search as one types.

const instant = (form) => {
  let pending;
  let typing = false;
  let shown = location.search;
  // What was typed, and what the server made of it: a place among the words became a filter.
  let understood = ["", ""];

  const address = () => {
    const url = new URL(form.action);
    for (const [name, value] of new FormData(form)) if (value !== "") url.searchParams.append(name, value);
    return url;
  };

  const regions = () => form.querySelectorAll("[data-results]");
  const busy = (state) => regions().forEach((region) => region.setAttribute("aria-busy", state));

  const show = (html) => {
    const next = parse(html);
    const focused = document.activeElement?.id;
    const open = [...form.querySelectorAll("details[open][id]")].map((details) => details.id);
    for (const region of regions()) {
      const fresh = next.querySelector(`[data-results="${region.dataset.results}"]`);
      if (fresh) region.replaceChildren(...fresh.childNodes);
    }
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
    understood = [form.elements.q.value, next.getElementById(form.elements.q.id)?.value ?? ""];
    if (next.title) document.title = next.title;
    unfold();
    announce(form.querySelector("[data-count]")?.textContent ?? "");
  };

  const load = async (url) => {
    pending?.abort();
    const call = (pending = new AbortController());
    shown = url.search;
    busy(true);
    try {
      const answer = await fetch(url, { headers, signal: call.signal });
      if (!answer.ok) return location.assign(url);
      show(await answer.text());
    } catch (error) {
      if (error.name === "AbortError") return;
      root.classList.remove("has-js");
      announce("La recherche n’a pas répondu. Réessayez avec le bouton « Rechercher ».");
    }
    if (pending === call) busy(false);
  };

  // One entry in the history a phrase, not a letter.
  const settle = wait(2000, () => (typing = false));
  const go = (keep) => {
    const url = address();
    if (url.search === shown) return;
    history[keep ? "replaceState" : "pushState"](null, "", url);
    load(url);
  };
  const type = wait(120, () => {
    go(typing);
    typing = true;
    settle();
  });

  on(form, "input", (event) => event.target.type === "search" && type());
  on(form, "change", (event) => {
    if (event.target.type === "search") return;
    if (form.elements.q.value === understood[0]) form.elements.q.value = understood[1];
    typing = false;
    go(false);
  });
  on(form, "submit", (event) => {
    event.preventDefault();
    go(typing);
  });
  on(window, "popstate", () => {
    if (location.search === shown) return;
    const url = new URL(location);
    form.elements.q.value = url.searchParams.get("q") ?? "";
    load(url);
  });
};

// An input with proposals (ARIA combobox).

let boxes = 0;
const combobox = (input, { source, choose, render }) => {
  const id = `proposals-${++boxes}`;
  const list = make("ul", { id, class: "combo__list", role: "listbox", "aria-label": "Propositions" });
  list.hidden = true;
  let holder = input.closest(".combo");
  if (!holder) {
    holder = make("div", { class: "combo" });
    input.replaceWith(holder);
    holder.append(input);
  }
  holder.append(list);
  const set = (name, value) => input.setAttribute(name, value);
  set("role", "combobox");
  set("aria-autocomplete", "list");
  set("aria-controls", id);
  set("aria-expanded", "false");

  let items = [];
  let at = -1;
  let call;

  const close = () => {
    call?.abort();
    items = [];
    at = -1;
    list.hidden = true;
    set("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const move = (to) => {
    at = (to + items.length + 1) % (items.length + 1);
    if (at === items.length) at = -1;
    [...list.children].forEach((option, index) => option.setAttribute("aria-selected", index === at));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else set("aria-activedescendant", `${id}-${at}`);
  };
  const open = (found) => {
    items = found;
    at = -1;
    if (!items.length) return close();
    list.replaceChildren(
      ...items.map((item, index) => {
        const attributes = { id: `${id}-${index}`, class: "combo__option", role: "option", "aria-selected": false };
        const option = make("li", attributes, ...render(item));
        on(option, "mousedown", (event) => {
          event.preventDefault();
          choose(item);
          close();
        });
        return option;
      }),
    );
    list.hidden = false;
    set("aria-expanded", "true");
    announce(items.length > 1 ? `${items.length} propositions` : "1 proposition");
  };

  const ask = wait(120, async () => {
    const q = input.value.trim();
    call?.abort();
    if (q.length < 2 || document.activeElement !== input) return close();
    call = new AbortController();
    try {
      const answer = await fetch(source + encodeURIComponent(q), { signal: call.signal });
      if (answer.ok) open((await answer.json()).items.slice(0, 8));
    } catch {
      // The search button remains.
    }
  });

  on(input, "input", ask);
  on(input, "blur", close);
  on(input, "keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!items.length) return ask();
      event.preventDefault();
      move(event.key === "ArrowDown" ? at + 1 : at < 0 ? items.length - 1 : at - 1);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      choose(items[at]);
      close();
    } else if (event.key === "Escape" && items.length) {
      event.preventDefault();
      close();
    }
  });
};

const kinds = {
  action: "Action",
  plan_sheet: "Fiche action",
  partner: "Partenaire",
  convention: "Convention",
  meeting: "Rencontre",
  decision: "Décision",
  document: "Document",
  acronym: "Sigle",
  territory: "Territoire",
  theme: "Thème",
};

const suggest = (input) =>
  combobox(input, {
    source: "/api/v1/suggest?q=",
    choose: (item) => location.assign(item.url),
    render: (item) => [make("span", {}, item.text), make("small", {}, kinds[item.type] ?? "")],
  });

const places = (input) => {
  const chips = input.closest("[data-places-field]").querySelector("[data-chips]");
  combobox(input, {
    source: "/api/v1/territories?q=",
    render: (item) => [make("span", {}, item.label), make("small", {}, item.code)],
    choose: ({ code, label }) => {
      let box = [...chips.querySelectorAll("input")].find((other) => other.value === code);
      if (!box) {
        box = make("input", { type: "checkbox", name: input.dataset.places, value: code });
        chips.append(make("label", { class: "chip" }, box, make("span", {}, label)));
      }
      box.checked = true;
      input.value = "";
      input.dispatchEvent(new Event("change", { bubbles: true }));
      announce(`${label} ajouté`);
    },
  });
};

// Unsaved changes.

const guard = (form) => {
  let changed = Boolean(form.querySelector("[aria-invalid]"));
  const touch = () => (changed = true);
  on(form, "input", touch);
  on(form, "change", touch);
  on(form, "submit", () => (changed = false));
  on(window, "beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
};

// Minutes are saved as they are typed. Once somebody else wrote, the button alone saves: it brings both texts together.

const autosave = (form) => {
  const note = form.querySelector("[data-saved]");
  let [typed, kept, busy, stopped] = [0, 0, false, false];
  const save = wait(2500, async () => {
    if (busy || stopped) return;
    const sent = typed;
    busy = true;
    try {
      const answer = await fetch(form.action, { method: "POST", headers, body: new URLSearchParams(new FormData(form)) });
      const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      stopped = !answer.ok || !said.bases;
      note.textContent = said.said ?? "Ce texte n’est pas enregistré : pressez « Enregistrer » pour voir pourquoi.";
      if (!stopped) {
        kept = sent;
        form.elements.revision.value = said.revision;
        said.bases.forEach((base, place) => (form.elements[`part.${place}.base`].value = base));
      }
    } catch {
      note.textContent = "Pas de connexion : votre texte n’est pas encore enregistré.";
    }
    busy = false;
    if (typed > kept) save();
  });
  on(form, "input", () => {
    typed += 1;
    save();
  });
  on(form, "submit", () => ([kept, stopped] = [typed, true]));
  on(window, "beforeunload", (event) => {
    if (typed > kept) event.preventDefault();
  });
};

// Character counts: seen at each key, read aloud after a pause.

const count = (input) => {
  const note = document.getElementById(`${input.id}-count`);
  if (!note) return;
  const max = Number(input.dataset.max);
  const rule = note.textContent;
  const number = new Intl.NumberFormat("fr-FR");
  const text = () => {
    const left = max - [...input.value].length;
    const many = Math.abs(left) > 1 ? "caractères" : "caractère";
    note.classList.toggle("hint--over", left < 0);
    if (left < 0) return `${number.format(-left)} ${many} de trop.`;
    return left > max * 0.5 ? rule : `Il reste ${number.format(left)} ${many}.`;
  };
  const aloud = wait(1000, () => document.activeElement === input && text() !== rule && announce(text()));
  const update = () => (note.textContent = text());
  on(input, "input", () => {
    update();
    aloud();
  });
  update();
};

// Work under way.

const live = async (region) => {
  await new Promise((resume) => setTimeout(resume, 800));
  const next = parse(await (await fetch(location, { headers })).text()).querySelector("[data-live]");
  if (!next) return location.reload();
  region.replaceWith(next);
  live(next);
};

each("form[data-instant]", instant);
each("input[data-suggest]", suggest);
each("input[data-places]", places);
each("form[data-guard]", guard);
each("form[data-autosave]", autosave);
each("[data-max]", count);
each("[data-live]", live);
