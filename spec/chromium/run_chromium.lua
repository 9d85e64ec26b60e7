-- The page of `homey run --http` in a real Chromium: its token, a home to look at only, and one
-- that may be switched.
local command = require "spec.support.command"
local webdriver = require "spec.chromium.webdriver"

describe("the page of homey run --http in Chromium", function()
  local browser, env, sim, folder, process, url, token

  local function start(...)
    process = command.start(env, "run", "--http", "127.0.0.1:0", folder, ...)
    process:wait_for "evening.lua: started"
    url = process:said():match "listens on (http://127%.0%.0%.1:%d+)"
    token = command.read(env.HOMEY_STATE_DIR .. "/http.token"):match "%S+"
  end

  local function stop()
    browser:open "about:blank"
    process:signal "TERM"
    process:ended()
  end

  local function is_live()
    browser:wait "document.querySelector('#connection').dataset.state === 'live'"
  end

  local card = [=[[...document.querySelectorAll(".device")]
    .filter((each) => each.querySelector("h3").textContent === a[0])[a[1]]]=]

  setup(function()
    env, sim = command.at_sim()
    sim:operate("Hall/Lamp", "onoff", false)
    folder = command.folder()
    command.write(folder .. "/evening.lua", [[
local homey = require "homey"
homey.device("Hall/Motion"):on("alarm_motion", { to = true }, function()
  homey.device("Hall/Lamp"):set("onoff", true)
end)
homey.at("22:30", function() end)
]])
    browser = webdriver.start()
  end)

  teardown(function()
    webdriver.stop()
    command.leave_sim()
  end)

  before_each(function() browser:look(1280, 900, "light") end)

  describe("to look at only", function()
    setup(function() start() end)
    teardown(function() stop() end)

    it("asks for the token, and refuses a wrong one", function()
      browser:open(url)
      browser:wait "!document.querySelector('#login').hidden"
      assert.is_true(browser:eval "document.activeElement.id === 'token'")
      browser:screenshot "run-token"
      browser:type("#token", "not-the-token-at-all")
      browser:press "enter"
      browser:wait "document.querySelector('#error').textContent.includes('token')"
      browser:wait "!document.querySelector('#login').hidden"
      browser:type("#token", token)
      browser:press "enter"
      is_live()
      assert.equal("Sunny House", browser:eval "document.title")
      assert.is_nil((browser:eval "location.href"):find(token, 1, true))
      browser:console() -- Chromium logs each status of 401
    end)

    it("keeps the token of its address for this tab only", function()
      browser:open "about:blank"
      browser:open(url .. "/#token=" .. token)
      is_live()
      assert.equal(url .. "/", browser:eval "location.href")
      assert.equal(0, browser:eval "localStorage.length")
      browser:open(url)
      is_live()
      assert.same({}, browser:console())
    end)

    it("shows values and offers no control", function()
      assert.equal(21, browser:eval "document.querySelectorAll('.device').length")
      assert.equal(0, browser:eval [[document.querySelectorAll(
        ".device [role=switch], .device input, .device select").length]])
      browser:wait("document.querySelector('.zone h2').textContent.startsWith('Hall')")
      sim:operate("Hall/Motion", "measure_temperature", 23)
      browser:wait(card .. ".textContent.includes('23 °C')", "Motion", 0)
    end)

    it("shows the script, what it sent, and why", function()
      browser:wait [[document.querySelector("#script-list").textContent.includes("at(\"22:30\")")]]
      sim:operate("Hall/Motion", "alarm_motion", true)
      browser:wait [[document.querySelector("#log").textContent.includes("Hall/Lamp")]]
      browser:wait [[document.querySelector("#log").textContent.includes("evening.lua:2")]]
      browser:eval(card .. ".querySelector('button.why').click()", "Lamp", 0)
      browser:wait [[document.querySelector("#why").open
        && document.querySelector("#why").textContent.includes("alarm_motion became true")]]
      browser:press "escape"
      browser:wait [[document.querySelector("#script-list").textContent.includes("called 1×")]]
      browser:screenshot "run-light"
      browser:look(360, 740, "dark")
      assert.is_true(browser:eval
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth")
      browser:screenshot "run-phone"
      assert.same({}, browser:console())
    end)
  end)

  describe("with --http-write", function()
    setup(function()
      start "--http-write"
      browser:open "about:blank" -- the page of the first program looks for it still
      browser:console()
    end)
    teardown(function() stop() end)

    it("switches a lamp", function()
      browser:open(url .. "/#token=" .. token)
      is_live()
      local before = sim:device("Hall/Lamp").capabilitiesObj.onoff.value
      browser:eval(card .. ".querySelector('[role=switch]').click()", "Lamp", 0)
      command.until_true("the hub has the value", function()
        return sim:device("Hall/Lamp").capabilitiesObj.onoff.value == not before
      end)
      browser:wait(card .. ".querySelector('[role=switch]').ariaChecked === '"
        .. tostring(not before) .. "'", "Lamp", 0)
      assert.equal(0, browser:eval(card .. ".querySelectorAll('[role=switch]').length", "Motion",
        0))
      assert.same({}, browser:console())
    end)
  end)
end)
