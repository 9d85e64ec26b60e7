-- The page of `homey run --http` in a real Chromium: the token, the scripts, the journal, why, and
-- what a person may not change.
local command = require "spec.support.command"
local webdriver = require "spec.chromium.webdriver"

local evening = [[
local homey = require "homey"
homey.login()
homey.device("Hall/Motion"):on("alarm_motion", { to = true }, function()
  homey.device("Hall/Lamp"):set("onoff", true)
end)
homey.at("22:30", function() end)
homey.run()
]]

describe("the page of homey run --http in Chromium", function()
  local browser, env, sim, folder, process, url, secret

  local function start(...)
    process = command.start(env, "run", "--http", "127.0.0.1:0", folder, ...)
    process:wait_for "evening.lua: started"
    url = process:said():match "listens on (http://127%.0%.0%.1:%d+)"
    secret = command.read(env.HOMEY_STATE_DIR .. "/http.token"):match "%S+"
  end

  -- Leaves the page first: it would go on trying to connect, and say so on the console.
  local function stop()
    browser:open "about:blank"
    browser:console()
    process:signal "TERM"
    assert.equal(0, process:ended())
  end

  setup(function()
    env, sim = command.at_sim()
    folder = command.folder()
    command.write(folder .. "/evening.lua", evening)
    browser = webdriver.start()
  end)

  teardown(function()
    webdriver.stop()
    command.leave_sim()
  end)

  local function is_live()
    browser:wait "document.querySelector('#connection').dataset.state === 'live'"
  end

  local function open_with_token()
    browser:open(url .. "/#token=" .. secret)
    is_live()
  end

  -- Marks the card of a device in a room, so that CSS finds it.
  local function card(zone, name)
    browser:eval([[(() => {
      for (const section of document.querySelectorAll(".zone")) {
        if (section.querySelector("h2").firstChild.textContent !== a[0]) continue;
        for (const card of section.querySelectorAll(".device")) {
          if (card.querySelector("h3").textContent === a[1]) card.dataset.name = a[0] + a[1];
        }
      }
    })()]], zone, name)
    return ('[data-name="%s%s"]'):format(zone, name)
  end

  -- What the page shows beside a name in a card.
  local function value_of(css, title)
    return browser:eval([[[...document.querySelectorAll(a[0] + " .row")].find(
      (row) => row.firstChild.textContent === a[1])?.querySelector(".value")?.textContent]],
      css, title)
  end

  local function log_has(text)
    browser:wait([[[...document.querySelectorAll("#log li")].some(
      (each) => each.textContent.includes(a[0]))]], text)
  end

  local function scripts_have(text)
    browser:wait("document.querySelector('#script-list').textContent.includes(a[0])", text)
  end

  it("asks for the token, refuses a wrong one, and keeps it in the tab", function()
    start()
    browser:open(url)
    browser:wait "!document.querySelector('#login').hidden"
    assert.is_true(browser:eval "document.querySelector('#content').hidden")
    assert.equal("Token", select(2, browser:spoken "#token"))
    browser:screenshot "run-token"
    browser:type("#token", "wrong")
    browser:press "enter"
    browser:wait "document.querySelector('#error').textContent.includes('not the right one')"
    browser:type("#token", secret)
    browser:press "enter"
    is_live()
    browser:open(url)
    is_live()
    open_with_token()
    browser:wait "location.hash === ''"
    assert.is_false(browser:eval("document.documentElement.outerHTML.includes(a[0])", secret))
    for _, line in ipairs(browser:console()) do
      assert.is_truthy(line:find "401" or line:find "favicon", line)
    end
    stop()
  end)

  it("shows the home, and lets nothing be changed", function()
    start()
    open_with_token()
    browser:look(1280, 900, "light")
    local lamp = card("Hall", "Lamp")
    assert.equal(0, browser:eval "document.querySelectorAll('#zones [role=switch]').length")
    assert.equal(0, browser:eval "document.querySelectorAll('#zones input, #zones select').length")
    sim:operate("Hall/Lamp", "onoff", false)
    command.until_true("it shows off", function() return value_of(lamp, "Turned on") == "off" end)
    assert.matches("to look at only", browser:eval "document.querySelector('#mode').textContent")
    stop()
  end)

  it("shows scripts, what they send and why, their errors and the journal", function()
    start()
    open_with_token()
    scripts_have "evening.lua"
    scripts_have 'Hall/Motion:on("alarm_motion")'
    browser:wait [[/at\("22:30"\).*next .*22:30:00 · called 0×/.test(
      document.querySelector("#script-list").textContent)]]
    sim:operate("Hall/Motion", "alarm_motion", false)
    sim:operate("Hall/Lamp", "onoff", false)
    local lamp = card("Hall", "Lamp")
    command.until_true("it shows off", function() return value_of(lamp, "Turned on") == "off" end)
    sim:operate("Hall/Motion", "alarm_motion", true)
    log_has "Hall/Lamp: onoff = true"
    log_has "Hall/Motion: alarm_motion became true"
    scripts_have "called 1×"
    command.until_true("it shows on", function() return value_of(lamp, "Turned on") == "on" end)
    browser:screenshot "run-scripts"
    browser:click(lamp .. " button.why")
    browser:wait [[document.querySelector("#why").open
      && document.querySelector("#why").textContent.includes("became true -> ")]]
    browser:screenshot "run-why"
    browser:press "escape"
    browser:open(url) -- the journal keeps it
    is_live()
    log_has "Hall/Lamp: onoff = true"
    command.write(folder .. "/evening.lua", "error 'the lamp is made of cheese'")
    scripts_have "the lamp is made of cheese"
    scripts_have "stopped: save the file"
    command.write(folder .. "/evening.lua", evening)
    scripts_have "runs"
    assert.same({}, browser:console())
    for _, case in ipairs { { 360, 740, "dark" }, { 360, 740, "light" } } do
      browser:look(case[1], case[2], case[3])
      assert.is_true(browser:eval
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth")
      browser:screenshot("run-" .. case[3])
    end
    browser:look(1280, 900, "light")
    stop()
  end)

  it("switches with --http-write, and says what the hub refuses", function()
    start "--http-write"
    open_with_token()
    sim:operate("Hall/Lamp", "onoff", false)
    local lamp = card("Hall", "Lamp")
    local switch = lamp .. " [role=switch]"
    browser:wait("document.querySelector(a[0]).ariaChecked === 'false'", switch)
    browser:click(switch)
    command.until_true("the hub has it", function()
      return sim:device("Hall/Lamp").capabilitiesObj.onoff.value
    end)
    log_has "the page"
    assert.equal(0, browser:eval([[document.querySelectorAll(
      a[0] + " input, " + a[0] + " [role=switch]").length]], card("Hall", "Motion")))
    stop()
  end)

  it("says that the hub is away, and that the program has ended", function()
    start()
    open_with_token()
    sim:drop "1 h"
    browser:wait "document.querySelector('#connection').textContent.startsWith('Not up to date')"
    browser:screenshot "run-away"
    process:signal "TERM"
    assert.equal(0, process:ended())
    browser:wait "document.querySelector('#connection').dataset.state === 'lost'"
  end)
end)
