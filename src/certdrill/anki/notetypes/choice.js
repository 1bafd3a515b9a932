(function () {
  // Runs once a side. The order is a hash of the card and the day, so both sides agree without storage. Elements are
  // made beside the plain card and swapped in at the end, so that a failure leaves the plain card.
  var card = document.getElementById("certdrill-choice");
  var list = card && card.querySelector(".options > ol");
  if (!list) return;
  var right = card.getAttribute("data-right");
  var select = Number(card.getAttribute("data-select")) || 1;

/* pick.js */
  function today() {
    var now = new Date();
    return now.getFullYear() + "-" + (now.getMonth() + 1) + "-" + now.getDate();
  }

  // FNV-1a starts a xorshift generator, which drives a Fisher-Yates shuffle.
  function order(length, text) {
    var state = 2166136261, places = [], i, j, held;
    for (i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 16777619);
    state = state || 1;
    for (i = 0; i < length; i++) places.push(i);
    for (i = length - 1; i > 0; i--) {
      for (j = 0; j < 3; j++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
      }
      j = (state >>> 0) % (i + 1);
      held = places[i];
      places[i] = places[j];
      places[j] = held;
    }
    return places;
  }

  function letter(number) {
    return String.fromCharCode(65 + number);
  }

  function fill(row, shown, item) {
    row.appendChild(make("span", "letter", letter(shown)));
    row.appendChild(make("span", "text", item));
    row.appendChild(make("span", "mark", ""));
    return row;
  }

  // The front says what was picked, never whether it is right.
  function said(picked, places) {
    if (select > 1) {
      var count = picked.length + " of " + select + " picked";
      if (picked.length > select) return count + ". Tap one again to take it back.";
      return picked.length < select ? count : count + ". Show the answer to see why.";
    }
    return picked.length ? "Picked " + letter(places.indexOf(picked[0])) + ". Show the answer to see why." : "";
  }

  function front(places, day) {
    var pick = { day: day, options: [] }, rows = make("div", select > 1 ? "choices several" : "choices");
    var line = status();
    write(pick);

    function paint() {
      var i, picked;
      for (i = 0; i < places.length; i++) {
        picked = pick.options.indexOf(places[i]) >= 0;
        rows.children[i].className = "choice tappable" + (picked ? " picked" : "");
        rows.children[i].setAttribute("aria-pressed", String(picked));
      }
      line.textContent = said(pick.options, places);
    }

    function choose(place) {
      var at = pick.options.indexOf(place);
      if (at >= 0) pick.options.splice(at, 1);
      else if (select === 1) pick.options = [place];
      else pick.options.push(place);
      write(pick);
      paint();
    }

    places.forEach(function (place, shown) {
      var row = button("choice tappable", function () {
        choose(place);
      });
      rows.appendChild(fill(row, shown, list.children[place]));
    });
    rows.appendChild(line);
    paint();
    return rows;
  }

  function verdict(picked, keys) {
    var hits = picked.filter(function (place) {
      return keys.indexOf(place) >= 0;
    }).length;
    if (hits === keys.length && picked.length === keys.length) return make("div", "verdict right", "Right");
    var part = keys.length > 1 ? ": " + hits + " of " + keys.length + " found" : "";
    return make("div", "verdict wrong", "Not right" + part);
  }

  function back(places, pick) {
    var keys = right.split(", ").map(function (name) {
      return name.charCodeAt(0) - 65;
    });
    var picked = pick ? pick.options : [];
    var reasons = card.querySelector(".reasons > ol");
    var rows = make("div", "choices");
    if (picked.length) rows.appendChild(verdict(picked, keys));
    places.forEach(function (place, shown) {
      var isRight = keys.indexOf(place) >= 0, isPicked = picked.indexOf(place) >= 0;
      var row = make("div", "choice " + (isRight ? "right" : "wrong") + (isPicked ? " picked" : ""));
      fill(row, shown, list.children[place]);
      if (isPicked) row.appendChild(make("span", "yours", "your pick"));
      if (reasons && reasons.children[place]) row.appendChild(make("div", "reason", reasons.children[place]));
      rows.appendChild(row);
    });
    return rows;
  }

  var pick = right ? read() : null;
  var day = pick ? pick.day : today();
  var places = order(list.children.length, key + day);
  swap(list, right ? back(places, pick) : front(places, day));
  if (right) card.querySelector(".plain").style.display = "none";
})();
