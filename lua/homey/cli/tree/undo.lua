-- Undo: a plan that reverts the last apply. It reads the present state of the home, so it can be
-- repeated after an interruption.

local History = require "homey.cli.tree.history"
local canonical = require "homey.cli.tree.canonical"
local invalid = require "homey.util.invalid"
local kinds = require "homey.cli.tree.kinds"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local snapshot = require "homey.cli.tree.snapshot"

local undo = {}

-- ---- the step back ------------------------------------------------------------------------------

-- Finds a thing of this name that did not exist before the apply.
local function find_new(self, applied, record, name)
  local known = {}
  for _, id in ipairs(applied.known[record.kind] or {}) do known[id] = true end
  for _, item in ipairs(self.all[record.kind]) do
    if not known[item.id] and item.name == name then return item end
  end
end

local function is_changed(item, after)
  for name, value in pairs(after) do
    if not canonical.holds(item[name], value) then return true end
  end
  return false
end

local back = {}

function back.create(self, applied, record, step)
  local item = record.id and self.all[record.kind].by_id[record.id]
    or not record.id and find_new(self, applied, record, record.after.name)
  if not item then return nil end
  step.action, step.id, step.before = "delete", item.id, item
  if record.state == "done" and is_changed(item, record.after) then
    step.conflict = "changed at the home since it was created"
  end
  return step
end

function back.change(self, _, record, step)
  local now = self.all[record.kind].by_id[record.id]
  step.id, step.before, step.wanted = record.id, now, record.before
  if not now then
    step.action, step.why = "skip", "it is gone"
    return step
  end
  local conflicts = {}
  for _, field in ipairs(record.fields) do
    if not canonical.equal(now[field], record.before[field]) then
      local is_conflict = not canonical.holds(now[field], record.after[field])
      step.changes[#step.changes + 1] = {
        field = field, from = now[field], to = record.before[field],
        conflict = is_conflict or nil,
      }
      if is_conflict then conflicts[#conflicts + 1] = field end
    end
  end
  if #step.changes == 0 then return nil end
  step.action = "change"
  if #conflicts > 0 then
    step.conflict = "changed at the home since: " .. table.concat(conflicts, ", ")
  end
  return step
end

function back.delete(self, applied, record, step)
  local by_id = self.all[record.kind].by_id
  local again = self.map[record.id]
  if by_id[record.id] or again and by_id[again] then return nil end
  local item = find_new(self, applied, record, record.before.name)
  if item then
    self.map[record.id] = item.id
    return nil
  end
  step.action, step.wanted = "create", record.before
  return step
end

-- ---- the plan -----------------------------------------------------------------------------------

local function hooks_of(self, history, told)
  local applied = history:last()
  if not applied or applied.at ~= self.applied.at then
    raise(new_error("cancelled", "another `homey apply` ran meanwhile. Run the undo again."))
  end
  applied.map = self.map
  return {
    before = function() end,
    done = function(step)
      applied.steps[step.index].state, step.outcome = "undone", "done"
      history:save()
      told(step)
    end,
    finish = function() history:drop() end,
  }
end

--- Make the plan that undoes the last apply.
---@param home homey.Home
---@return homey.cli.Plan
function undo.make(home)
  local history = History.open(home)
  local applied = history:last()
  history:close()
  if not applied then invalid "there is nothing to undo: nothing was applied to this home." end
  local self = {
    home = home, steps = {}, map = applied.map or {}, all = snapshot.read(home), contents = {},
    is_other = true, is_undo = true, applied = applied, hooks = hooks_of,
    folder = { path = applied.folder },
  }
  for i = #applied.steps, 1, -1 do
    local record = applied.steps[i]
    local step = { kind = kinds[record.kind], name = record.name, changes = {}, index = i }
    if record.state == "sent" or record.state == "done" then
      self.steps[#self.steps + 1] = back[record.action](self, applied, record, step)
    end
  end
  return self
end

return undo
