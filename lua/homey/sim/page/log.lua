--- Log of the page: what scripts sent, and why. The latest entries, each with a number; the cause
--- of an entry may be learned later, and then the entry is sent again with the same number.
local most = 200 -- entries

---@class homey.sim.PageEntry
---@field n integer
---@field at number         seconds since 1970
---@field text string       "Hall/Lamp: onoff = true"
---@field level? string     of a line that a script logged
---@field id? string        of the device, the flow or the variable
---@field device? string    id
---@field capability? string
---@field value? any
---@field by? string        "evening.lua:12"
---@field because? string   "Hall/Motion: alarm_motion became true"

---@class homey.sim.PageLog
---@field entries homey.sim.PageEntry[]  the oldest first
---@field last integer       number of the newest
---@field streams homey.page.Streams
local Log = { __name = "homey.sim.PageLog" }
Log.__index = Log

--- An empty log.
---@param streams homey.page.Streams
---@return homey.sim.PageLog
function Log.new(streams)
  return setmetatable({ entries = {}, last = 0, streams = streams }, Log)
end

--- Add an entry.
---@param entry table  without its number
---@return homey.sim.PageEntry
function Log:add(entry)
  self.last = self.last + 1
  entry.n = self.last
  table.insert(self.entries, entry)
  if #self.entries > most then table.remove(self.entries, 1) end
  self.streams:publish("log", entry)
  return entry
end

--- Note who sent the newest change like this one that has no cause yet.
---@param call {device: string?, capability: string?, value: any, handler: string?,
---       because: string?}  as the journal has it
---@return boolean found
function Log:explain(call)
  for i = #self.entries, 1, -1 do
    local entry = self.entries[i]
    if not entry.by and entry.id and entry.id == call.device
      and entry.capability == call.capability and entry.value == call.value then
      entry.by = call.handler and call.handler:match "[^/]*$" or "a program"
      entry.because = call.because
      self.streams:publish("log", entry)
      return true
    end
  end
  return false
end

--- Is there a change whose cause is not known yet?
---@param since number  seconds since 1970: older ones do not count
---@return boolean
function Log:has_unexplained(since)
  for i = #self.entries, 1, -1 do
    local entry = self.entries[i]
    if entry.at < since then return false end
    if not entry.by and entry.id then return true end
  end
  return false
end

--- The newest entry of a capability.
---@param device string
---@param capability string
---@return homey.sim.PageEntry?
function Log:newest(device, capability)
  for i = #self.entries, 1, -1 do
    local entry = self.entries[i]
    if entry.device == device and entry.capability == capability then return entry end
  end
end

return Log
