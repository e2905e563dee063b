// The page's only script: what Gradio and CSS can't do. It sends nothing anywhere and keeps only the unsent draft,
// in this tab's sessionStorage. Answers arrive sanitised from the server; nothing here builds markup from text. What
// it says to people comes from ui/texts.toml, through a <meta> that ui/head.py writes.
(() => {
  "use strict";
  const DRAFT = "ictnavi-draft";
  const narrow = window.matchMedia("(max-width: 63.99rem)");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const box = () => one("#ask textarea");
  const glide = () => (calm.matches ? "auto" : "smooth");
  const embedded = window.parent !== window;
  const words = JSON.parse(one("meta[name=ictnavi-words]")?.content ?? "{}");
  const say = (name) => words[document.documentElement.lang === "en" ? "en" : "ja"]?.[name] ?? "";
  let cameFrom = null; // the citation a reader left the answer at

  // --- language: the document follows what the masthead shows, and so does the address, for a reload
  function followLanguage() {
    const masthead = one(".masthead");
    if (!masthead) return;
    const language = masthead.classList.contains("in-en") ? "en" : "ja";
    const other = language === "ja" ? "en" : "ja";
    one("#switch")?.setAttribute("lang", other);
    if (document.documentElement.lang !== language) document.documentElement.lang = language;
    const title = one("h1", masthead)?.textContent.trim();
    if (title && document.title !== title) document.title = title;
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
  function nameParts() {
    all("#chat [data-testid][aria-label]").forEach((each) => each.removeAttribute("aria-label"));
    const log = one("#chat [role=log]");
    if (log && log.getAttribute("aria-label") !== say("chat_label")) log.setAttribute("aria-label", say("chat_label"));
    all("#chat .draft").forEach((each) => each.setAttribute("aria-hidden", "true")); // the whole is told, once
    box()?.setAttribute("aria-describedby", "hint");
    for (const chip of all("#follow .chip")) chip.lang = /[ぁ-ヿ一-鿿]/.test(chip.textContent) ? "ja" : "en";
  }

  // Gradio's own notices are English and speak of servers and queues
  function translateNotices() {
    for (const text of all(".toast-message-text")) {
      if ([say("connection_lost"), say("not_sent")].includes(text.textContent)) continue;
      text.textContent = say(text.textContent.includes("onnection") ? "connection_lost" : "not_sent");
    }
    for (const title of all(".toast-title")) {
      if (title.textContent.trim() !== say("trouble")) title.textContent = say("trouble");
    }
    all(".toast-close").forEach((close) => close.setAttribute("aria-label", say("close_sources")));
  }

  // --- one line for screen readers: what was done, once
  const status = document.createElement("div");
  status.className = "vh";
  status.setAttribute("role", "status");
  let told = null;
  function tell(text) {
    if (!status.isConnected) document.body.append(status);
    status.textContent = text;
  }

  function tellThanks() {
    const thanks = one("#thanks .thanks");
    if (thanks && thanks !== told) tell(thanks.textContent);
    told = thanks;
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
    document.body.classList.add("no-pop"); // the quote is in the panel now
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

  // --- the draft survives a reload; a shared link fills the box and asks nothing. Links made here carry the question
  // in the fragment, which no server sees; ?q= is understood too. Storage may be forbidden in a frame of another site.
  const draft = {
    read: () => guarded((kept) => kept.getItem(DRAFT)) ?? "",
    write: (text) => guarded((kept) => (text ? kept.setItem(DRAFT, text) : kept.removeItem(DRAFT))),
  };

  function guarded(use) {
    try {
      return use(window.sessionStorage);
    } catch (refused) {
      if (refused instanceof DOMException) return null;
      throw refused;
    }
  }

  function fill(text) {
    const field = box();
    if (!field || !text) return;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function restoreDraft() {
    const address = new URL(window.location.href);
    const shared = new URLSearchParams(address.hash.slice(1)).get("q") ?? address.searchParams.get("q");
    if (shared !== null) {
      address.hash = "";
      address.searchParams.delete("q");
      window.history.replaceState(null, "", address.pathname + address.search);
    }
    fill((shared ?? draft.read()).slice(0, 5000));
    if (shared) box().focus({ preventScroll: true });
  }

  // --- tools
  const lastAnswer = () => all("#chat .answer").at(-1);
  const lastQuestion = () => all("#chat .asked-text").at(-1)?.textContent.trim() ?? "";

  function plainText(node) {
    const copy = node.cloneNode(true);
    all(".pop, .to-sources, .vh, .ways, h3 .src-number", copy).forEach((each) => each.remove());
    all("p, li, dd, h3, blockquote, br, .label", copy).forEach((each) => each.append("\n"));
    all("dt", copy).forEach((each) => each.append(": "));
    return copy.textContent.replace(/\n{2,}/g, "\n").trim();
  }

  const cards = (number) => all(`[id^="src-${number}-"]`);

  function answerWithSources() {
    const answer = lastAnswer();
    if (!answer) return "";
    const listed = cards(answer.id.split("-")[1]).map(
      (card) => `[${card.id.split("-")[2]}] ${plainText(card)}\n${one("a.out", card)?.href ?? ""}`,
    );
    return [lastQuestion(), plainText(answer), ...listed].join("\n\n");
  }

  // What is copied by hand out of an answer takes its sources along, in one line each
  function copyWithSources(event) {
    const chosen = window.getSelection();
    if (!chosen?.rangeCount || !event.clipboardData) return;
    const range = chosen.getRangeAt(0);
    const cited = all(".ref > a.cite").filter((link) => range.intersectsNode(link));
    const wanted = new Set(cited.map((link) => link.hash.slice(1)));
    const lines = all("#sources .src")
      .filter((card) => wanted.has(card.id))
      .map((card) => {
        const labels = [...all(".tag, dd", card)].map((each) => each.textContent.trim());
        const title = one("h3", card).textContent.replace(/^\s*\d+/, "").trim();
        return `[${card.id.split("-")[2]}] ${[title, ...labels].join(" / ")} ${one("a.out", card)?.href ?? ""}`;
      });
    if (!lines.length) return;
    event.clipboardData.setData("text/plain", [chosen.toString().trim(), ...lines].join("\n"));
    event.preventDefault();
  }

  async function toClipboard(text, button) {
    try {
      await navigator.clipboard.writeText(text);
    } catch (refused) {
      if (!(refused instanceof DOMException || refused instanceof TypeError)) throw refused;
      tell(say("not_copied"));
      button.classList.add("refused");
      return;
    }
    tell(say("copied"));
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

  // --- the newest question comes to the top when it is asked and when its answer stands, unless the reader has moved
  let seen = { asked: 0, answers: 0 };
  let moved = false;
  function followTalk() {
    const now = { asked: all("#chat .asked").length, answers: all("#chat .answer").length };
    const asked = now.asked > seen.asked;
    if (asked) moved = false;
    if ((asked || now.answers > seen.answers) && !moved) {
      all("#chat .asked").at(-1)?.scrollIntoView({ behavior: glide(), block: "start" });
    }
    if (now.answers > seen.answers && document.activeElement === document.body) {
      lastAnswer()?.focus({ preventScroll: true }); // the button that was pressed is gone
    }
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
    if (event.target.closest?.("a.skip")) {
      event.preventDefault();
      box()?.focus();
    }
    if (button?.id === "close-sources") goBack(null);
    if (button?.id === "switch") switchedFrom = document.documentElement.lang;
    if (button?.id === "tool-copy") toClipboard(answerWithSources(), button);
    if (button?.id === "tool-share") toClipboard(shareAddress(), button);
    if (button?.id === "tool-print") printAll();
    if (button?.id === "tool-clear") box()?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"].includes(event.key)) moved = true;
    if (event.key !== "Escape" || event.isComposing) return;
    if (document.body.classList.contains("sheet")) return goBack(null);
    const shown = !document.body.classList.contains("no-pop") && one(".cite:focus-visible + .pop, .cite:hover + .pop");
    document.body.classList.add("no-pop");
    if (embedded && !shown) window.parent.postMessage("ictnavi:close", "*"); // widget.js listens; nothing is told
  });
  for (const kind of ["wheel", "touchmove"]) {
    document.addEventListener(kind, () => (moved = true), { passive: true });
  }
  document.addEventListener("copy", copyWithSources);
  for (const kind of ["pointerover", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const link = event.target.closest?.(".ref > a.cite");
      if (!link) return;
      document.body.classList.remove("no-pop");
      keepPopInView(link);
    });
  }
  document.addEventListener("input", (event) => {
    if (event.target === box()) draft.write(event.target.value);
  });

  // --- what is to be known about the page stands open where there is room for it: beside an empty desk
  function followRoom() {
    const about = one("#notice details");
    const room = !narrow.matches && !one("#chat .asked") && !embedded;
    if (about && about.dataset.room !== String(room)) {
      about.open = room;
      about.dataset.room = room;
    }
  }

  let ready = false;
  let waiting = false;
  function settle() {
    waiting = false;
    if (!ready && box()) {
      ready = true;
      document.documentElement.classList.toggle("embedded", embedded);
      restoreDraft();
    }
    if (ready && box()?.value === "") draft.write("");
    followLanguage();
    followRoom();
    describeCitations();
    nameParts();
    translateNotices();
    tellThanks();
    followTalk();
  }
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    window.requestAnimationFrame(settle);
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
})();
