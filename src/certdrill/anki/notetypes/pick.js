  // What was tapped is kept for the back of the card in this session's storage alone; where there is none, only the
  // verdict is missing.
  var key = "certdrill:" + card.getAttribute("data-uid");

  function read() {
    try {
      return JSON.parse(sessionStorage.getItem(key)) || null;
    } catch (error) {
      return null;
    }
  }

  function write(pick) {
    try {
      sessionStorage.setItem(key, JSON.stringify(pick));
    } catch (error) {
      return;
    }
  }

  function make(tag, name, from) {
    var element = document.createElement(tag), i;
    element.className = name;
    if (typeof from === "string") element.textContent = from;
    else if (from) for (i = 0; i < from.childNodes.length; i++) element.appendChild(from.childNodes[i].cloneNode(true));
    return element;
  }

  // A line below the rows that a screen reader speaks when it changes.
  function status() {
    var line = make("div", "status", "");
    line.setAttribute("role", "status");
    line.setAttribute("aria-live", "polite");
    return line;
  }

  function button(name, whenTapped) {
    var row = make("button", name);
    row.type = "button";
    row.onclick = whenTapped;
    return row;
  }

  function swap(list, rows) {
    list.parentNode.replaceChild(rows, list);
  }
