-- mDNS browser: finds the Homeys of the local network by their services.
--
-- A hub announces the service `_homey._tcp.local`; an older hub announces `_athom._tcp.local`. The
-- SRV record has the host and port. The TXT record has the id, name, model and version. The A
-- record has the address of the host.

local dns_message = require "homey.cli.discover.dns_message"
local homey = require "homey"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local system = require "homey.system"

local services = { ["_homey._tcp.local"] = true, ["_athom._tcp.local"] = true }
local group, port = "224.0.0.251", 5353
local repeats = { 0, 0.25, 1, 3, 9 } -- seconds after the start at which it asks
local look = 0.05                    -- seconds between two looks for answers
local most_hubs = 64                 -- more are left out
local most_addresses = 1024          -- likewise
local most_messages = 100            -- read between two checks of the clock
local together = 24                  -- questions in one message: at most 6.3 kB

---@class homey.cli.FoundHub
---@field address string  an IPv4 address
---@field port integer
---@field name string
---@field id? string
---@field model? string
---@field version? string
---@field host? string  its name in the local network

---@class homey.cli.MdnsBrowser
---@field socket userdata
---@field hubs table<string, table>  by name of the service: label, text, host, port
---@field count integer  of hubs
---@field addresses table<string, string>  by host
---@field address_count integer
local Browser = {}
Browser.__index = Browser

local function fail(problem)
  raise(new_error("network", ("cannot search for hubs: %s."):format(problem)))
end

--- Make a browser. It sends no query yet.
--- Raises: network.
---@return homey.cli.MdnsBrowser
function Browser.new()
  local socket, problem = system.multicast(group, port)
  if not socket then fail(problem) end
  return setmetatable({
    socket = socket, hubs = {}, count = 0, addresses = {}, address_count = 0,
  }, Browser)
end

-- ---- asking -------------------------------------------------------------------------------------

-- The records that are still missing.
local function questions_of(self)
  local list = {}
  for name in pairs(services) do list[#list + 1] = { name = name, type = "PTR" } end
  for name, hub in pairs(self.hubs) do
    if not hub.host then
      list[#list + 1] = { name = name, type = "SRV" }
      list[#list + 1] = { name = name, type = "TXT" }
    elseif not self.addresses[hub.host] then
      list[#list + 1] = { name = hub.host, type = "A" }
    end
  end
  return list
end

local function ask_for(self, questions)
  local sent, problem = self.socket:send(dns_message.query(questions))
  if sent == 0 then problem = "this machine has no network" end
  if problem then fail(problem) end
end

local function ask(self)
  local part = {}
  for _, question in ipairs(questions_of(self)) do
    part[#part + 1] = question
    if #part == together then
      ask_for(self, part)
      part = {}
    end
  end
  if #part > 0 then ask_for(self, part) end
end

-- ---- answers ------------------------------------------------------------------------------------

-- Returns the name without its first label.
local function service_of(name)
  return name:gsub("\\.", "--"):match "^[^.]*%.(.*)$"
end

local function hub_of(self, name, label)
  local hub = self.hubs[name]
  if hub or not services[service_of(name)] or self.count >= most_hubs then return hub end
  self.count = self.count + 1
  self.hubs[name] = { label = label, text = {} }
  return self.hubs[name]
end

local apply = {}

function apply.PTR(self, record)
  if services[record.name] then hub_of(self, record.target, record.target_label) end
end

function apply.SRV(self, record)
  local hub = hub_of(self, record.name, record.label)
  if hub then hub.host, hub.port = record.target, record.port end
end

function apply.TXT(self, record)
  local hub = hub_of(self, record.name, record.label)
  if hub then hub.text = record.text end
end

function apply.A(self, record)
  if not self.addresses[record.name] then
    if self.address_count >= most_addresses then return end
    self.address_count = self.address_count + 1
  end
  self.addresses[record.name] = record.address
end

local function receive(self)
  for _ = 1, most_messages do
    local bytes = self.socket:receive()
    if not bytes then break end
    for _, record in ipairs(dns_message.records(bytes)) do apply[record.type](self, record) end
  end
end

--- Search for some time. Waits in a task.
--- Raises: network.
---@param seconds number
function Browser:search(seconds)
  local waited, n = 0, 1
  while waited < seconds do
    if repeats[n] and waited >= repeats[n] then
      n = n + 1
      ask(self)
    end
    homey.sleep(look)
    waited = waited + look
    receive(self)
  end
end

--- The hubs whose address is known, by name.
---@return homey.cli.FoundHub[]
function Browser:found()
  local list, seen = {}, {}
  for _, hub in pairs(self.hubs) do
    local address = hub.host and self.addresses[hub.host]
    local key = address and address .. ":" .. hub.port
    if key and not seen[key] then
      seen[key] = true
      list[#list + 1] = {
        address = address, port = hub.port, host = hub.host, name = hub.text.name or hub.label,
        id = hub.text.id, model = hub.text.model, version = hub.text.version,
      }
    end
  end
  table.sort(list, function(a, b)
    if a.name ~= b.name then return a.name < b.name end
    return a.address < b.address
  end)
  return list
end

--- Close its socket.
function Browser:close()
  self.socket:close()
end

return Browser
