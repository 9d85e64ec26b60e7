-- The page of `homey sim --virtual` in a real Chromium: time controls, scripts, and what they did.
local command = require "spec.support.command"
local webdriver = require "spec.chromium.webdriver"

describe("the page of a home in virtual time", function()
  local browser

  setup(function()
    local process = command.start({}, "sim", "--virtual", "--page", "0", "--time",
      "2026-06-21 18:00", "examples/demo")
    browser = webdriver.start()
    browser:look(1280, 900, "light")
    browser:open(process:wait_for("Open (http://%S+) to see"):match "http://%S+")
    browser:wait "document.querySelector('#connection').dataset.state === 'live'"
  end)

  teardown(function()
    assert.same({}, browser:console())
    webdriver.stop()
    command.tidy()
  end)

  -- The switch of the first device of this name.
  local switch = [=[[...document.querySelectorAll(".device")]
    .find((each) => each.querySelector("h3").textContent === a[0])
    .querySelector("[role=switch]")]=]

  local hour = "document.querySelector('#clock').textContent.match(/(\\d\\d):\\d\\d:\\d\\d/)[1]"

  it("stops the time", function()
    assert.same({ "button", "Pause" }, { browser:spoken "#pause" })
    browser:click "#pause"
    browser:wait "document.querySelector('#pause').ariaPressed === 'true'"
    local clock = "document.querySelector('#clock').textContent"
    local stopped = browser:eval(clock)
    assert.match("^Sun, 21 Jun 2026, 18:0%d:%d%d$", stopped)
    browser:wait "performance.now() > (window.later ??= performance.now() + 1500)"
    assert.equal(stopped, browser:eval(clock))
  end)

  it("lists the script with its triggers", function()
    browser:wait [[document.querySelector("#script-list").textContent.includes("hall_light.lua")]]
    browser:wait([[document.querySelector("#script-list").textContent.includes(a[0])]],
      'on("alarm_motion", { to = true })')
  end)

  it("shows what a click on a sensor makes the script do", function()
    browser:eval(switch .. ".click()", "Motion")
    browser:wait [[document.querySelector("#log").textContent.includes("Hall/Lamp: dim = 0.8")]]
    browser:wait([[document.querySelector("#log .because").textContent.includes(a[0])]],
      "Hall/Motion: alarm_motion became true → hall_light.lua:")
    browser:eval(switch .. ".click()", "Motion")
    browser:wait(switch .. ".ariaChecked === 'false'", "Motion")
  end)

  it("advances the time, and what is due happens", function()
    browser:click "[data-advance='600']"
    browser:wait(switch .. ".ariaChecked === 'false'", "Lamp")
    browser:wait [[document.querySelector("#log").textContent.includes("onoff = false")]]
    browser:wait [[document.querySelector("#script-list").textContent.includes("called 1×")]]
    browser:screenshot "virtual-light"
    browser:look(360, 740, "dark")
    assert.is_true(browser:eval
      "document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    browser:screenshot "virtual-phone"
    browser:look(1280, 900, "light")
  end)

  it("lets hours pass in seconds", function()
    local before = tonumber(browser:eval(hour))
    browser:click "[name=speed][value='3600']"
    browser:click "#pause"
    browser:wait(("Number(%s) !== %d"):format(hour, before))
    browser:wait "document.querySelector('[name=speed][value=\"3600\"]').checked"
    assert.same({ "radio", "3600×" }, { browser:spoken "[name=speed][value='3600']" })
    browser:click "#pause"
  end)
end)
