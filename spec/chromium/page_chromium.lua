-- The page in a real Chromium: what a person sees and does, by mouse and by keyboard alone.
-- `make check CHECKS=chromium` runs this; its pictures are in build/chromium.
local command = require "spec.support.command"
local core = require "homey.core"
local webdriver = require "spec.chromium.webdriver"

describe("the page in Chromium", function()
  local browser, process, url, env, control

  -- ---- the simulator, seen without the page --------------------------------------------------

  local function curl(path, ...)
    local pipe = io.popen(("LD_PRELOAD= curl -sS %s '%s%s'"):format(table.concat({ ... }, " "),
      control, path))
    local said = pipe:read "*a"
    pipe:close()
    return core.decode(said) or said
  end

  local function value_at_hub(device, capability)
    return curl("/sim/device/" .. device:gsub(" ", "%%20")).capabilitiesObj[capability].value
  end

  local function operate(device, capability, value)
    curl(("/sim/device/%s/capability/%s"):format(device:gsub(" ", "%%20"), capability),
      "-d", ("'{\"value\": %s}'"):format(value))
  end

  local function becomes(device, capability, value)
    command.until_true(device .. " " .. capability .. " is " .. tostring(value), function()
      return value_at_hub(device, capability) == value
    end)
  end

  -- ---- the page ------------------------------------------------------------------------------

  -- Marks the card of a device in a room, and its rows, so that CSS finds them.
  local mark = [[(() => {
    for (const section of document.querySelectorAll(".zone")) {
      const zone = section.querySelector("h2").firstChild.textContent;
      for (const card of section.querySelectorAll(".device")) {
        card.dataset.name = zone + "/" + card.querySelector("h3").textContent;
      }
    }
    return true;
  })()]]

  local function card(name)
    browser:eval(mark)
    return ('[data-name="%s"]'):format(name)
  end

  local function is_live()
    browser:wait "document.querySelector('#connection').dataset.state === 'live'"
  end

  local function shows(css, property, value)
    browser:wait("document.querySelector(a[0])[a[1]] === a[2]", css, property, value)
  end

  -- What is wrong with the console: a violation of the policy, an error, a file that is missing.
  local function complaints()
    local list = {}
    for _, line in ipairs(browser:console()) do
      if not line:find "ERR_CONNECTION_REFUSED" and not line:find "ERR_INCOMPLETE_CHUNKED" then
        list[#list + 1] = line
      end
    end
    return list
  end

  local function start(...)
    process = command.start({}, "sim", "--serve", "--page", ...)
    url = process:wait_for("Open (http://%S+) to see"):match "http://%S+"
    process:wait_for "/sim/device"
    local said = process:said()
    control = said:match "(http://127[%d.:]+)/sim/device"
    env = {
      HOMEY_ADDRESS = said:match "HOMEY_ADDRESS=(%S+)",
      HOMEY_TOKEN = said:match "HOMEY_TOKEN=(%S+)",
      HOMEY_STATE_DIR = said:match "HOMEY_STATE_DIR='(.-)'",
    }
  end

  setup(function()
    browser = webdriver.start()
    start "0"
  end)

  teardown(function()
    webdriver.stop()
    command.tidy()
  end)

  before_each(function()
    browser:look(1280, 900, "light")
    browser:open(url)
    is_live()
  end)

  after_each(function() assert.same({}, complaints()) end)

  it("shows the rooms with their devices", function()
    assert.equal("Sunny House", browser:eval "document.title")
    assert.equal(21, browser:eval "document.querySelectorAll('.device').length")
    assert.equal("Hall Downstairs", browser:eval "document.querySelector('.zone h2').textContent")
    assert.equal("The bridge in the shed does not answer",
      browser:eval "document.querySelector('.problem').textContent")
    browser:screenshot "rooms-light"
  end)

  it("switches a lamp and a sensor by a click", function()
    for _, case in ipairs { { "Kitchen/Lamp", "onoff" }, { "Hall/Motion", "alarm_motion" } } do
      local before = value_at_hub(case[1], case[2])
      local switch = card(case[1]) .. " [role=switch]"
      browser:click(switch)
      becomes(case[1], case[2], not before)
      shows(switch, "ariaChecked", tostring(not before))
    end
    operate("Hall/Motion", "alarm_motion", false)
  end)

  it("shows what changes elsewhere", function()
    local lamp = card "Hall/Lamp"
    operate("Hall/Lamp", "dim", 0.9)
    shows(lamp .. " output", "textContent", "90 %")
    shows(lamp .. " input[type=range]", "value", "0.9")
    operate("Hall/Motion", "measure_temperature", 24.5)
    browser:wait("[...document.querySelectorAll(a[0])].some((each) => each.value === '24.5')",
      card "Hall/Motion" .. " input[type=number]")
    operate("Hall/Lamp", "onoff", "true")
    shows(lamp .. " [role=switch]", "ariaChecked", "true")
    shows(lamp, "className", "device")
    assert.equal("on", browser:eval("document.querySelector(a[0]).dataset.state", lamp))
  end)

  it("sends numbers, choices and presses", function()
    local sensor = card "Hall/Motion" .. " input[type=number]"
    browser:eval("document.querySelector(a[0]).select()", sensor)
    browser:type(sensor, "512")
    browser:press "enter"
    command.until_true("the hub has 512", function()
      return value_at_hub("Hall/Motion", "measure_luminance") == 512
    end)
    local select = card "Living room/Thermostat" .. " select"
    browser:eval("document.querySelector(a[0]).closest('details')?.setAttribute('open', '')",
      select)
    browser:type(select, "Cool")
    becomes("Living room/Thermostat", "thermostat_mode", "cool")
  end)

  it("says in one sentence what the hub refuses", function()
    local sensor = card "Hall/Front door" .. " input[type=number]"
    browser:eval("document.querySelector(a[0]).select()", sensor)
    browser:type(sensor, "900")
    browser:press "enter"
    browser:wait "document.querySelector('#error').textContent.includes('is more than 100')"
    assert.same({ "alert" }, { (browser:spoken "#error") })
    shows(sensor, "value", "91")
    browser:console() -- Chromium logs each status of 400
  end)

  it("works by the keyboard alone", function()
    operate("Hall/Lamp", "onoff", "false")
    shows(card "Hall/Lamp" .. " [role=switch]", "ariaChecked", "false")
    browser:press "tab"
    assert.equal("Skip to the rooms", browser:eval "document.activeElement.textContent")
    browser:press "enter"
    local function is_focused(css)
      return browser:eval("document.activeElement === document.querySelector(a[0])", css)
    end
    for _ = 1, 40 do
      if is_focused(card "Hall/Lamp" .. " [role=switch]") then break end
      browser:press "tab"
    end
    assert.is_true(is_focused(card "Hall/Lamp" .. " [role=switch]"))
    assert.equal("solid", browser:eval "getComputedStyle(document.activeElement).outlineStyle")
    browser:screenshot "keyboard"
    browser:press "space"
    becomes("Hall/Lamp", "onoff", true)
    operate("Hall/Lamp", "dim", 0.5)
    shows(card "Hall/Lamp" .. " input[type=range]", "value", "0.5")
    browser:press("tab", "right")
    becomes("Hall/Lamp", "dim", 0.51)
    assert.is_true(is_focused(card "Hall/Lamp" .. " input[type=range]"))
  end)

  it("has a role and a name for each control", function()
    assert.same({ "switch", "Lamp Turned on" },
      { browser:spoken(card "Hall/Lamp" .. " [role=switch]") })
    assert.same({ "slider", "Lamp Dim level" },
      { browser:spoken(card "Hall/Lamp" .. " input[type=range]") })
    assert.same({ "button", "Why: Lamp" }, { browser:spoken(card "Hall/Lamp" .. " button.why") })
    assert.same({ "log", "What scripts sent" }, { browser:spoken "#log" })
    assert.same({ "main" }, { (browser:spoken "main") })
    assert.equal("off", browser:eval "document.querySelector('#log').getAttribute('aria-live')")
    assert.equal(0, browser:eval [[[...document.querySelectorAll("button, input, select")].filter(
      (each) => !(each.getAttribute("aria-labelledby") || each.getAttribute("aria-label")
        || each.textContent.trim() || each.labels?.length)).length]])
  end)

  it("finds devices by name and by room", function()
    browser:type("#find", "lamp")
    assert.equal("2 devices", browser:eval "document.querySelector('#found').textContent")
    assert.equal(2, browser:eval
      "[...document.querySelectorAll('.device')].filter((each) => each.offsetParent).length")
    browser:type("#find", "\238\128\131\238\128\131\238\128\131\238\128\131bathroom")
    browser:wait "document.querySelector('#found').textContent === '5 devices'"
  end)

  it("shows what a script sent, and why", function()
    local folder = command.folder()
    command.write(folder .. "/hall.lua", [[
local homey = require "homey"
homey.device("Hall/Motion"):on("alarm_motion", { to = true }, function()
  homey.device("Hall/Lamp"):set("dim", 0.2)
end)
]])
    operate("Hall/Lamp", "dim", 0.7)
    local runner = command.start(env, "run", folder)
    runner:wait_for "started"
    command.until_true("the hub has a websocket", function()
      return tostring(curl("/sim/command", "-d", "state")):find "websockets +1"
    end)
    browser:click(card "Hall/Motion" .. " [role=switch]")
    shows(card "Hall/Lamp" .. " output", "textContent", "20 %")
    browser:wait [[document.querySelector("#log li").textContent.includes("Hall/Lamp: dim = 0.2")]]
    browser:wait [[document.querySelector("#log .because")?.textContent
      === "Hall/Motion: alarm_motion became true → hall.lua:2"]]
    browser:wait [[document.querySelector("#announce").textContent === "Hall/Lamp: dim = 0.2"]]
    browser:click(card "Hall/Lamp" .. " button.why")
    browser:wait [[document.querySelector("#why").open
      && document.querySelector("#why").textContent.includes("became true -> hall.lua:2 set it")]]
    browser:screenshot "why"
    browser:press "escape"
    browser:wait [[!document.querySelector("#why").open]]
    assert.is_true(browser:eval("document.activeElement === document.querySelector(a[0])",
      card "Hall/Lamp" .. " button.why"))
    browser:screenshot "log-light"
    browser:look(1280, 900, "dark")
    browser:screenshot "log-dark"
    runner:signal "TERM"
    runner:ended()
  end)

  it("shows names of others as text", function()
    local evil = "<img src=x onerror=alert(1)>"
    browser:eval([[show_device({ id: "evil", name: a[0], zone: a[0], available: false,
      problem: a[0],
      capabilities: [{ id: "x", title: a[0], type: "string", value: a[0], settable: true }] })]],
      evil)
    assert.equal(0, browser:eval "document.querySelectorAll('img').length")
    assert.is_true(browser:eval("document.querySelector('#zones').textContent.includes(a[0])",
      evil))
  end)

  for _, case in ipairs {
    { 360, 740, "light" }, { 360, 740, "dark" }, { 768, 1024, "light" }, { 1280, 900, "dark" },
  } do
    local width, height, scheme = case[1], case[2], case[3]
    it(("fits %d pixels in %s colours"):format(width, scheme), function()
      browser:look(width, height, scheme)
      browser:eval "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
      assert.is_true(browser:eval
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth")
      local back = browser:eval "getComputedStyle(document.body).backgroundColor"
      local brightness = tonumber(back:match "%d+")
      assert.equal(scheme == "dark", brightness < 128)
      browser:eval "document.querySelectorAll('details').forEach((each) => { each.open = false; })"
      browser:screenshot(("width-%d-%s"):format(width, scheme))
    end)
  end

  -- The texts with less contrast than WCAG asks for (4.5), and controls whose border has less than
  -- it asks for there (3): "ratio: text".
  local contrast = [[(() => {
    const rgb = (text) => text.match(/[\d.]+/g).map(Number);
    const channel = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const back = (each) => {
      for (let node = each; node; node = node.parentElement) {
        const color = rgb(getComputedStyle(node).backgroundColor);
        if (color.length === 3 || color[3] > 0) return light(color);
      }
      return 1;
    };
    const found = new Set();
    for (const each of document.querySelectorAll("body *")) {
      const style = getComputedStyle(each);
      const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      if (!each.offsetParent || each.closest(":disabled, .unseen, .skip")) continue;
      const text = own && ratio(light(rgb(style.color)), back(each));
      if (own && text < 4.5) found.add(text.toFixed(1) + ": " + each.textContent);
      if (each.matches("input[type=number], input[type=search], select, .push > button")) {
        const edge = ratio(light(rgb(style.borderTopColor)), back(each.parentElement));
        if (edge < 3) found.add(edge.toFixed(1) + ": border of " + each.tagName + " " + each.id);
      }
    }
    return [...found].join("\n");
  })()]]

  for _, scheme in ipairs { "light", "dark" } do
    it("has enough contrast in " .. scheme .. " colours", function()
      operate("Hall/Motion", "alarm_motion", "true")
      operate("Kitchen/Window", "alarm_battery", "true")
      browser:wait [[document.querySelector("[data-state=alarm]")]]
      browser:look(1280, 900, scheme)
      browser:eval "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
      browser:wait "!document.getAnimations().some((each) => each.playState === 'running')"
      assert.equal("", browser:eval(contrast))
    end)
  end

  it("reads the home again when the stream breaks", function()
    browser:devtools("Network.enable")
    local function offline(is_offline)
      browser:devtools("Network.emulateNetworkConditions", {
        offline = is_offline, latency = 0, downloadThroughput = -1, uploadThroughput = -1,
      })
    end
    offline(true)
    browser:wait "document.querySelector('#connection').dataset.state === 'lost'"
    operate("Hall/Lamp", "dim", 0.33)
    offline(false)
    is_live()
    shows(card "Hall/Lamp" .. " output", "textContent", "33 %")
    browser:console()
  end)

  it("connects again when the server is back", function()
    process:signal "TERM"
    process:ended()
    browser:wait "document.querySelector('#connection').dataset.state === 'lost'"
    browser:screenshot "lost"
    start(url:match ":(%d+)/")
    is_live()
    operate("Hall/Lamp", "dim", 0.11)
    shows(card "Hall/Lamp" .. " output", "textContent", "11 %")
    browser:console()
  end)
end)
