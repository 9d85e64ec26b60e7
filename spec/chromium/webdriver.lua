--- Chromium for a spec, driven by WebDriver over plain HTTP.
---
---     local webdriver = require "spec.chromium.webdriver"
---     local browser = webdriver.start()
---     browser:open "http://127.0.0.1:8080/"
---     browser:click "#pause"
---     webdriver.stop()
local command = require "spec.support.command"
local core = require "homey.core"
local homey = require "homey"
local logins = require "spec.support.logins"
local unbase64 = require("homey.sim.http.encoding").unbase64

local webdriver = {}

local Browser = {}
Browser.__index = Browser

local driver -- { pid =, url =, folder = }
local browsers = {}

local function start_driver()
  local folder = command.folder()
  local output = folder .. "/driver.log"
  os.execute(("LD_PRELOAD= HOME=%s chromedriver --port=0 >%s 2>&1 & echo $! >%s.pid"):format(
    logins.quoted(folder), logins.quoted(output), logins.quoted(output)))
  local port = command.until_true("chromedriver starts", function()
    return command.read(output):match "on port (%d+)%."
  end)
  return {
    pid = command.read(output .. ".pid"):match "%d+", url = "http://127.0.0.1:" .. port,
    folder = folder,
  }
end

local function ask(method, path, body)
  local json = method == "POST" and core.encode(body or core.decode "{}") or nil
  local answer = homey.fetch(driver.url .. path, {
    method = method, body = json, timeout = 120, max = 64 * 1024 * 1024,
    headers = json and { ["Content-Type"] = "application/json" } or nil,
  })
  local value = core.decode(answer.body).value
  if answer.status ~= 200 then
    error(("%s %s: %s: %s"):format(method, path, tostring(value.error), tostring(value.message)), 3)
  end
  return value
end

-- Without a sandbox of its own, since the machines of tests often run as root in a container.
local flags = {
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
  "--disable-extensions", "--disable-background-networking", "--force-color-profile=srgb",
  "--lang=en-GB", "--window-size=1280,900",
}

--- Start a browser.
---@return table browser
function webdriver.start()
  driver = driver or start_driver()
  local arguments = {}
  for i, flag in ipairs(flags) do arguments[i] = flag end
  arguments[#arguments + 1] = "--user-data-dir=" .. driver.folder .. "/profile" .. #browsers
  local value = ask("POST", "/session", { capabilities = { alwaysMatch = {
    browserName = "chrome", ["goog:chromeOptions"] = { args = arguments },
    ["goog:loggingPrefs"] = { browser = "ALL" },
  } } })
  local browser = setmetatable({ path = "/session/" .. value.sessionId }, Browser)
  browsers[#browsers + 1] = browser
  return browser
end

--- End all browsers.
function webdriver.stop()
  for _, browser in ipairs(browsers) do pcall(ask, "DELETE", browser.path) end
  if driver then os.execute("kill " .. driver.pid) end
  browsers, driver = {}, nil
end

local function array(list) return setmetatable(list, core.array) end

--- Load a page.
---@param url string
function Browser:open(url) ask("POST", self.path .. "/url", { url = url }) end

--- The value of a JavaScript expression of `a[0]`, `a[1]`, ...
---@param expression string
---@param ... any
---@return any
function Browser:eval(expression, ...)
  return ask("POST", self.path .. "/execute/sync", {
    script = "const a = arguments; return (" .. expression .. ");", args = array { ... },
  })
end

--- Wait until an expression is true. Returns its value.
---@param expression string
---@param ... any
---@return any
function Browser:wait(expression, ...)
  local given, n = { ... }, select("#", ...)
  return command.until_true(expression .. " " .. tostring((...)), function()
    local value = self:eval(expression, (table.unpack or unpack)(given, 1, n))
    return value ~= core.null and value
  end)
end

--- The element of a CSS selector, as WebDriver names it.
---@param css string
---@return string id
function Browser:find(css)
  local found = ask("POST", self.path .. "/element", { using = "css selector", value = css })
  return select(2, next(found))
end

--- Click an element with the mouse.
---@param css string
function Browser:click(css)
  ask("POST", ("%s/element/%s/click"):format(self.path, self:find(css)))
end

--- Type into an element.
---@param css string
---@param text string
function Browser:type(css, text)
  ask("POST", ("%s/element/%s/value"):format(self.path, self:find(css)), { text = text })
end

--- The role and the name of an element, as assistive technology gets them.
---@param css string
---@return string role
---@return string name
function Browser:spoken(css)
  local path = ("%s/element/%s/computed"):format(self.path, self:find(css))
  return ask("GET", path .. "role"), ask("GET", path .. "label")
end

local keys = {
  tab = "\238\128\132", enter = "\238\128\135", space = " ", escape = "\238\128\140",
  left = "\238\128\146", right = "\238\128\148", down = "\238\128\149", shift = "\238\128\136",
}

--- Press keys one after the other, wherever the focus is.
---@param ... string
function Browser:press(...)
  local actions = array {}
  for _, name in ipairs { ... } do
    actions[#actions + 1] = { type = "keyDown", value = keys[name] or name }
    actions[#actions + 1] = { type = "keyUp", value = keys[name] or name }
  end
  ask("POST", self.path .. "/actions", {
    actions = array { { type = "key", id = "keyboard", actions = actions } },
  })
end

--- Call a command of the browser's own protocol.
---@param name string
---@param parameters? table
---@return any
function Browser:devtools(name, parameters)
  return ask("POST", self.path .. "/goog/cdp/execute", {
    cmd = name, params = parameters or core.decode "{}",
  })
end

--- Show the page in a width and in dark or light colours.
---@param width integer
---@param height integer
---@param scheme "dark"|"light"
function Browser:look(width, height, scheme)
  self:devtools("Emulation.setDeviceMetricsOverride", {
    width = width, height = height, deviceScaleFactor = 1, mobile = width < 600,
  })
  self:devtools("Emulation.setEmulatedMedia", {
    features = array { { name = "prefers-color-scheme", value = scheme } },
  })
end

--- Keep a picture of the page in build/chromium.
---@param name string
---@return integer bytes
function Browser:screenshot(name)
  os.execute "mkdir -p build/chromium"
  local picture = self:devtools("Page.captureScreenshot", { format = "png" })
  local bytes = unbase64(picture.data)
  command.write(("build/chromium/%s.png"):format(name), bytes)
  return #bytes
end

--- The lines of the console since the last call.
---@return string[]
function Browser:console()
  local lines = {}
  for i, entry in ipairs(ask("POST", self.path .. "/se/log", { type = "browser" })) do
    lines[i] = entry.level .. " " .. entry.message
  end
  return lines
end

return webdriver
