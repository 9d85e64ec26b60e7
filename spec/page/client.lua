--- Client of a page for specs: requests by curl, which shares no code with homey, and its stream.
---
---     local client = require "spec.page.client"
---     local page = client.new "http://127.0.0.1:8080/"
---     assert.equal(200, page:get("page/home").status)
local command = require "spec.support.command"
local core = require "homey.core"
local quoted = require("spec.support.logins").quoted

local Page = {}
Page.__index = Page

local client = {}

--- A client.
---@param url string
---@return table
function client.new(url) return setmetatable({ url = url }, Page) end

--- A request, with further arguments of curl.
---@param path string
---@param ... string
---@return {status: integer, head: string, body: string, json: any}
function Page:get(path, ...)
  local words = { "LD_PRELOAD= curl -sS -i --max-time 60" }
  for _, word in ipairs { ... } do words[#words + 1] = quoted(word) end
  local pipe = io.popen(table.concat(words, " ") .. " " .. quoted(self.url .. path) .. " 2>&1")
  local said = pipe:read("*a"):gsub("\r", "")
  pipe:close()
  local head, body = said:match "^(.-)\n\n(.*)$"
  if not head then error(said, 2) end
  return {
    status = tonumber(head:match "^%S+ (%d+)"), head = head, body = body, json = core.decode(body),
  }
end

--- A request with a body of JSON.
---@param path string
---@param value any
---@param ... string
function Page:post(path, value, ...)
  return self:get(path, "-H", "Content-Type: application/json", "-d", core.encode(value), ...)
end

--- Set a value as a click does. Raises where it is refused.
---@param id string
---@param capability string
---@param value any
function Page:set(id, capability, value)
  local answer = self:post("page/set", { device = id, capability = capability, value = value })
  if answer.status ~= 204 then error(answer.body, 2) end
end

--- The device of this name, the first that fits.
---@param name string
---@return table?
function Page:device(name)
  for _, each in ipairs(self:get("page/home").json.devices) do
    if each.name == name or each.id == name then return each end
  end
end

--- A value as the page shows it.
---@param id string
---@param capability string
---@return any
function Page:value(id, capability)
  for _, known in ipairs(self:device(id).capabilities) do
    if known.id == capability then return known.value end
  end
end

local Stream = {}
Stream.__index = Stream

--- Listen to its events.
---@return table stream
function Page:listen()
  local path = os.tmpname()
  os.execute(("LD_PRELOAD= curl -sSN --max-time 240 %s >%s 2>&1 & echo $! >%s.pid"):format(
    quoted(self.url .. "page/stream"), quoted(path), quoted(path)))
  return setmetatable({ path = path }, Stream)
end

--- Wait until it has said a text. Returns all that it has said.
---@param text string
---@return string
function Stream:wait_for(text)
  command.until_true("the stream says " .. text, function()
    return command.read(self.path):find(text, 1, true)
  end)
  return command.read(self.path)
end

--- End it.
function Stream:close()
  os.execute("kill " .. command.read(self.path .. ".pid"))
  os.remove(self.path)
  os.remove(self.path .. ".pid")
end

return client
