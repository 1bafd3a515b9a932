(function () {
  // Runs once a side. The front keeps the words of the steps in the order they were tapped; the back, which has the
  // right order, looks its own steps up among them. Without a pick both sides stay the plain card.
  var card = document.getElementById("certdrill-order");
  var list = card && card.querySelector(".steps > ul, .steps > ol");
  if (!list) return;

/* pick.js */
  var steps = Array.prototype.map.call(list.children, function (item) {
    return item.textContent;
  });

  function fill(row, number, item) {
    row.appendChild(make("span", "number", number));
    row.appendChild(make("span", "text", item));
    row.appendChild(make("span", "mark", ""));
    return row;
  }

  function said(number) {
    if (number === 0) return "Tap the steps in their order.";
    if (number < steps.length) return number + " of " + steps.length + " placed. Tap one again to take it back.";
    return "All " + number + " placed. Show the answer to see which are right.";
  }

  function front() {
    var taken = [], rows = make("div", "choices order"), line = status();
    write({ steps: [] });

    function paint() {
      steps.forEach(function (step, at) {
        var place = taken.indexOf(at), row = rows.children[at];
        row.className = "choice tappable" + (place >= 0 ? " picked" : "");
        row.setAttribute("aria-pressed", String(place >= 0));
        row.children[0].textContent = place >= 0 ? String(place + 1) : "";
      });
      line.textContent = said(taken.length);
    }

    function tap(at) {
      var place = taken.indexOf(at);
      if (place >= 0) taken.splice(place, 1);
      else taken.push(at);
      write({
        steps: taken.map(function (one) {
          return steps[one];
        })
      });
      paint();
    }

    steps.forEach(function (step, at) {
      var row = button("choice tappable", function () {
        tap(at);
      });
      rows.appendChild(fill(row, "", list.children[at]));
    });
    rows.appendChild(line);
    paint();
    return rows;
  }

  function verdict(hits) {
    if (hits === steps.length) return make("div", "verdict right", "Right");
    return make("div", "verdict wrong", "Not right: " + hits + " of " + steps.length + " in place");
  }

  function back(tapped) {
    var rows = make("div", "choices order"), hits = 0;
    steps.forEach(function (step, at) {
      var isRight = tapped[at] === step, place = tapped.indexOf(step);
      var row = make("div", "choice " + (isRight ? "right" : "wrong picked"));
      fill(row, String(at + 1), list.children[at]);
      if (!isRight) row.appendChild(make("span", "yours", place < 0 ? "you left it out" : "you put it " + nth(place + 1)));
      hits += isRight ? 1 : 0;
      rows.appendChild(row);
    });
    rows.insertBefore(verdict(hits), rows.firstChild);
    return rows;
  }

  function nth(number) {
    return number + (["", "st", "nd", "rd"][number] || "th");
  }

  if (!card.hasAttribute("data-back")) {
    swap(list, front());
    card.querySelector(".note").style.display = "none";
    return;
  }
  var pick = read();
  if (pick && pick.steps && pick.steps.length) swap(list, back(pick.steps));
})();
