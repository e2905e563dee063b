// The page's only script: what Gradio and CSS can't do. It sends nothing anywhere and keeps only the unsent draft,
// in this tab's sessionStorage. Answers arrive sanitised from the server; nothing here builds markup from text.
(() => {
  "use strict";
  const DRAFT = "ictnavi-draft";
  const narrow = window.matchMedia("(max-width: 63.99rem)");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const box = () => one("#ask textarea");
  const glide = () => (calm.matches ? "auto" : "smooth");
  let cameFrom = null; // the citation a reader left the answer at

  // --- language: the document follows what the masthead shows, and so does the address, for a reload
  function followLanguage() {
    const masthead = one(".masthead");
    if (!masthead) return;
    const language = masthead.classList.contains("in-en") ? "en" : "ja";
    const other = language === "ja" ? "en" : "ja";
    one("#switch")?.setAttribute("lang", other);
    if (document.documentElement.lang !== language) document.documentElement.lang = language;
    if (switchedFrom && switchedFrom !== language) keepLanguage(language);
  }

  let switchedFrom = "";
  function keepLanguage(language) {
    switchedFrom = "";
    const address = new URL(window.location.href);
    address.searchParams.set("lang", language);
    window.history.replaceState(null, "", address);
  }

  // --- citations
  function describeCitations() {
    for (const link of all(".ref > a.cite:not([aria-describedby])")) {
      const pop = link.nextElementSibling;
      if (pop) link.setAttribute("aria-describedby", pop.id);
    }
  }

  // Gradio labels each message with its markup, and the log in English; the text itself is what is to be read
  function nameMessages() {
    all("#chat [data-testid][aria-label]").forEach((each) => each.removeAttribute("aria-label"));
    const log = one("#chat [role=log]");
    const name = document.documentElement.lang === "en" ? "Questions and answers" : "質問と回答";
    if (log && log.getAttribute("aria-label") !== name) log.setAttribute("aria-label", name);
  }

  function keepPopInView(link) {
    const pop = link.nextElementSibling;
    if (!pop?.classList.contains("pop")) return;
    pop.style.setProperty("--shift", "0px");
    link.parentElement.classList.remove("below");
    const { left, right, top, height } = pop.getBoundingClientRect();
    link.parentElement.classList.toggle("below", height > 0 && top < 0);
    const over = Math.max(0, right - document.documentElement.clientWidth + 12);
    const under = Math.max(0, 12 - left);
    pop.style.setProperty("--shift", `${under - over}px`);
  }

  function openSource(link) {
    const target = document.getElementById(link.getAttribute("href").split("#")[1]);
    if (!target) return false;
    for (let node = target.parentElement; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    all(".src.chosen").forEach((each) => each.classList.remove("chosen"));
    target.classList.add("chosen");
    cameFrom = link;
    if (narrow.matches) document.body.classList.add("sheet");
    target.focus({ preventScroll: true });
    const side = one("#side");
    const top = target.getBoundingClientRect().top - side.getBoundingClientRect().top;
    side.scrollBy({ top: top - one("#side-top").offsetHeight, behavior: glide() });
    return true;
  }

  function closeSheet() {
    if (!document.body.classList.contains("sheet")) return false;
    document.body.classList.remove("sheet");
    return true;
  }

  function goBack(link) {
    closeSheet();
    const answer = document.getElementById(link ? link.getAttribute("href").split("#")[1] : "");
    const mark = cameFrom?.isConnected && (!answer || answer.contains(cameFrom)) ? cameFrom : one(".cite", answer ?? document);
    mark?.focus({ preventScroll: true });
    mark?.scrollIntoView({ behavior: glide(), block: "center" });
  }

  // --- the draft survives a reload; a shared link fills the box, through the fragment, which no server sees
  function fill(text) {
    const field = box();
    if (!field || !text) return;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function restoreDraft() {
    const shared = new URLSearchParams(window.location.hash.slice(1)).get("q");
    if (shared) window.history.replaceState(null, "", window.location.pathname + window.location.search);
    fill((shared ?? window.sessionStorage.getItem(DRAFT) ?? "").slice(0, 5000));
  }

  // --- tools
  const lastAnswer = () => all("#chat .answer").at(-1);
  const lastQuestion = () => all("#chat .asked-text").at(-1)?.textContent.trim() ?? "";

  function plainText(node) {
    const copy = node.cloneNode(true);
    all(".pop, .to-sources, .vh, .ways, h3 .src-number", copy).forEach((each) => each.remove());
    all("p, li, dd, h3, blockquote, br, div", copy).forEach((each) => each.append("\n"));
    all("dt", copy).forEach((each) => each.append(": "));
    return copy.textContent.replace(/\n{2,}/g, "\n").trim();
  }

  function answerWithSources() {
    const answer = lastAnswer();
    if (!answer) return "";
    const number = answer.id.split("-")[1];
    const cards = all(`[id^="src-${number}-"]`).map(
      (card) => `[${card.id.split("-")[2]}] ${plainText(card)}\n${one("a.out", card)?.href ?? ""}`,
    );
    return [lastQuestion(), plainText(answer), ...cards].join("\n\n");
  }

  async function toClipboard(text, button) {
    await navigator.clipboard.writeText(text);
    button.classList.add("done");
    window.setTimeout(() => button.classList.remove("done"), 2000);
  }

  function shareAddress() {
    const address = new URL(window.location.href);
    address.hash = new URLSearchParams({ q: lastQuestion() }).toString();
    return address.href;
  }

  function printAll() {
    all("#sources details").forEach((each) => (each.open = true));
    window.print();
  }

  // --- the newest question comes to the top once its answer stands; a long answer never pushes the reader away
  let seen = 0;
  function followTalk() {
    const now = all("#chat :is(.asked, .answer)").length;
    if (now > seen) all("#chat .asked").at(-1)?.scrollIntoView({ behavior: glide(), block: "start" });
    seen = now;
  }

  document.addEventListener("click", (event) => {
    const cite = event.target.closest?.("a.cite");
    const back = event.target.closest?.("a.back");
    const button = event.target.closest?.("button");
    if (cite && openSource(cite)) event.preventDefault();
    if (back) {
      event.preventDefault();
      goBack(back);
    }
    if (button?.id === "close-sources") goBack(null);
    if (button?.id === "switch") switchedFrom = document.documentElement.lang;
    if (button?.id === "tool-copy") toClipboard(answerWithSources(), button);
    if (button?.id === "tool-share") toClipboard(shareAddress(), button);
    if (button?.id === "tool-print") printAll();
    if (button?.id === "tool-clear") box()?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    if (document.body.classList.contains("sheet")) goBack(null);
    else document.body.classList.add("no-pop");
  });
  for (const kind of ["pointerover", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const link = event.target.closest?.(".ref > a.cite");
      if (!link) return;
      document.body.classList.remove("no-pop");
      keepPopInView(link);
    });
  }
  document.addEventListener("input", (event) => {
    if (event.target === box()) window.sessionStorage.setItem(DRAFT, event.target.value);
  });

  let ready = false;
  let waiting = false;
  function settle() {
    waiting = false;
    if (!ready && box()) {
      ready = true;
      restoreDraft();
    }
    if (ready && box().value === "") window.sessionStorage.removeItem(DRAFT);
    followLanguage();
    describeCitations();
    nameMessages();
    followTalk();
  }
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    window.requestAnimationFrame(settle);
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
})();
