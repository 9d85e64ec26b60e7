--- Journal of the scripts that use the simulated hub: who sent a change, and why.
---
--- Scripts in other processes write it into the folder that `homey sim` names. It is read while the
--- cause of a change is not known yet, since a script writes its journal a little later.
local core = require "homey.core"
local cqueues = require "cqueues"
local entry = require "homey.journal.entry"

local pause = 0.2   -- seconds between two looks into the file
local patience = 10 -- seconds until the cause of a change is taken to be unknown

---@class homey.sim.JournalReader
---@field path string
---@field position integer  of the first byte that was not read
---@field calls table[]     changes that are not in the log of the page yet
local Reader = {}
Reader.__index = Reader

-- The complete lines behind the position. A shorter file is a new one.
local function new_lines(self)
  local file = io.open(self.path, "rb")
  if not file then return "" end
  local size = file:seek "end"
  if size < self.position then self.position = 0 end
  file:seek("set", self.position)
  local text = file:read "*a" or ""
  file:close()
  local complete = text:match "^(.*\n)" or ""
  self.position = self.position + #complete
  return complete
end

local function read(self)
  for line in new_lines(self):gmatch "[^\n]+" do
    entry.each(core.decode(line), function(row)
      if row.kind == "call" then self.calls[#self.calls + 1] = row end
    end)
  end
end

local function explain(self, page, now)
  local left = {}
  for _, call in ipairs(self.calls) do
    local found = page.log:explain(call)
    if not found and now - call.at < patience then left[#left + 1] = call end
  end
  self.calls = left
end

local journal = {}

--- Explain the entries of the log of a page, as long as the queue runs.
---@param queue userdata
---@param page homey.sim.Page
---@param folder string
---@return fun() wake  to be called when there is a new entry
function journal.follow(queue, page, folder)
  local reader = setmetatable({
    path = folder .. "/journal.jsonl", position = 0, calls = {},
  }, Reader)
  local added = require("cqueues.condition").new()
  queue:wrap(function()
    while true do
      local now = page.context.model.now()
      if page.log:has_unexplained(now - patience) then
        cqueues.sleep(pause)
        read(reader)
        explain(reader, page, now)
      else
        added:wait()
      end
    end
  end)
  return function() added:signal() end
end

return journal
