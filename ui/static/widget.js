// A corner button on another site that opens the chat page in a frame. One line is all that site needs:
//   <script src="https://the-chat.example/ui/widget.js" defer></script>
// Options, as attributes of that line: data-lang="ja|en" (else the page's lang), data-label (the button's text),
// data-side="left". Nothing is loaded before the button is pressed, nothing is stored, nothing is told to the page;
// the styles live in a shadow root and touch nothing outside it. The operator must allow the site to frame the page.
(() => {
  "use strict";
  const line = document.currentScript;
  const home = new URL("..", line.src); // …/ui/widget.js -> …/, under a sub-path too
  const asked = line.dataset.lang ?? document.documentElement.lang;
  const language = asked.toLowerCase().startsWith("ja") || !asked ? "ja" : "en";
  const words = {
    ja: { open: "ICT職について質問する", close: "閉じる", title: "ICT職ナビ(AIの自動応答)" },
    en: { open: "Ask about the ICT job", close: "Close", title: "ICT Job Navi (answers from an AI system)" },
  }[language];
  const side = line.dataset.side === "left" ? "left" : "right";

  const styles = `
    :host { all: initial; }
    .corner { position: fixed; z-index: 2147483000; bottom: 1rem; ${side}: 1rem; display: flex; flex-direction: column;
      align-items: ${side === "left" ? "flex-start" : "flex-end"}; gap: 0.75rem;
      font: 400 1rem/1.5 "Hiragino Sans", "BIZ UDPGothic", "Noto Sans JP", Meiryo, sans-serif; }
    .panel { width: min(27rem, calc(100vw - 2rem)); height: min(44rem, calc(100dvh - 6rem)); border: 1px solid #66716d;
      border-radius: 8px; overflow: hidden; background: #fff; box-shadow: 0 8px 32px rgb(10 30 26 / 25%); }
    .panel[hidden] { display: none; }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    button { min-height: 3rem; padding: 0.5rem 1.25rem; border: 2px solid #fff; border-radius: 1.5rem; background: #005c50;
      color: #fff; font: inherit; font-weight: 600; cursor: pointer; box-shadow: 0 4px 16px rgb(10 30 26 / 25%); }
    button:hover { background: #00443b; }
    button:focus-visible { outline: 3px solid #005c50; outline-offset: 2px; }
    @media (max-width: 30rem) { .corner.open { inset: 0; padding: 0.5rem; background: rgb(10 30 26 / 45%); }
      .corner.open .panel { flex: 1; width: 100%; height: auto; } }
    @media print { .corner { display: none; } }`;

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = document.createElement("style");
  sheet.textContent = styles;
  const corner = document.createElement("div");
  corner.className = "corner";
  corner.lang = language;
  const panel = document.createElement("div");
  panel.className = "panel";
  panel.id = "panel";
  panel.hidden = true;
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-controls", "panel");
  let frame = null;

  function show(open) {
    if (open && !frame) {
      frame = document.createElement("iframe");
      frame.title = words.title;
      frame.allow = "clipboard-write";
      frame.src = new URL(`?lang=${language}`, home).href;
      panel.append(frame);
    }
    panel.hidden = !open;
    corner.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? words.close : (line.dataset.label ?? words.open);
    if (open) frame.focus();
  }

  function close() {
    if (panel.hidden) return;
    show(false);
    button.focus();
  }

  button.addEventListener("click", () => (panel.hidden ? show(true) : close()));
  root.addEventListener("keydown", (event) => event.key === "Escape" && close());
  window.addEventListener("message", (event) => {
    if (event.source === frame?.contentWindow && event.data === "ictnavi:close") close();
  });
  corner.append(panel, button);
  root.append(sheet, corner);
  show(false);
  const place = () => document.body.append(host);
  if (document.body) place();
  else document.addEventListener("DOMContentLoaded", place);
})();
