// Copying, choosing at once, and leaving a page that was streamed to. Everything else is htmx or works without.
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (button) {
      var source = document.getElementById(button.getAttribute("data-copy"));
      var text = source ? source.textContent.trim() : button.getAttribute("data-text") || "";
      var told = function () {
        var before = button.textContent;
        button.textContent = button.getAttribute("data-copied") || before;
        setTimeout(function () { button.textContent = before; }, 1500);
      };
      if (navigator.clipboard && window.isSecureContext) {
        navigator.clipboard.writeText(text).then(told, function () { select(source); });
      } else {
        select(source);
        try { if (document.execCommand("copy")) { told(); } } catch (fault) { /* it stays selected */ }
      }
    }
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach(function (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-at-once]")) { event.target.form.requestSubmit(); }
    if (event.target.matches("[data-all]")) {
      document.querySelectorAll(event.target.getAttribute("data-all")).forEach(function (box) {
        box.checked = event.target.checked;
      });
    }
  });
  document.querySelectorAll("[data-scripts-off]").forEach(function (element) { element.hidden = true; });
  document.querySelectorAll("[data-scripts-on]").forEach(function (element) { element.hidden = false; });
  function select(element) {
    if (!element) { return; }
    var range = document.createRange();
    range.selectNodeContents(element);
    var selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }
})();
