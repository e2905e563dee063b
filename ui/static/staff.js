// The console's one script: the logout button sends a real POST, as the server asks for.
"use strict";
(() => {
  const address = document.currentScript.dataset.logout;
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#staff-logout")) return;
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    document.body.append(form);
    form.submit();
  });
})();
