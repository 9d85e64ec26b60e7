-- Apply: records the state before, sends the steps of a plan, and then updates the files of the
-- tree from the hub.

local History = require "homey.cli.tree.history"
local base = require "homey.cli.tree.base"
local canonical = require "homey.cli.tree.canonical"
local ids = require "homey.cli.tree.ids"
local index = require "homey.index.index"
local invalid = require "homey.util.invalid"
local kinds = require "homey.cli.tree.kinds"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local sender = require "homey.cli.tree.sender"
local snapshot = require "homey.cli.tree.snapshot"
local text = require "homey.util.text"
local try = require "homey.task.try"

local named = 5 -- things that a message names

local apply = {}

-- ---- refusal ------------------------------------------------------------------------------------

local function listed(steps, field)
  local lines = {}
  for _, step in ipairs(steps) do
    if step[field] then
      lines[#lines + 1] = ("%s %s: %s"):format(step.kind.words, text.visible(step.name),
        step[field])
    end
  end
  local more = #lines > named and ("\nand %d more"):format(#lines - named) or ""
  for i = #lines, named + 1, -1 do lines[i] = nil end
  return #lines > 0 and table.concat(lines, "\n") .. more or nil
end

--- Refuse a plan that cannot be applied, or that would overwrite changes made at the home.
---@param self homey.cli.Plan
---@param force? boolean
function apply.check(self, force)
  local problems = listed(self.steps, "problem")
  if problems then
    invalid("nothing was sent, since the home lacks what this needs:\n%s\nCorrect the files%s.",
      problems, self.is_undo and "" or ", or leave these out with --skip-missing")
  end
  local conflicts = not force and listed(sender.steps(self), "conflict")
  if conflicts then
    invalid("nothing was sent, since the home has changed meanwhile:\n%s\n%s", conflicts,
      self.is_undo and "To undo it anyway, add --force."
      or "Update the tree with `homey export`, or overwrite the home with --force.")
  end
end

-- ---- the record ---------------------------------------------------------------------------------

local function ids_of(list)
  local all = {}
  for i, item in ipairs(list) do all[i] = item.id end
  return all
end

local function fields_of(step)
  local fields = {}
  for i, change in ipairs(step.changes) do fields[i] = change.field end
  return fields
end

local function record_of(self)
  local applied = {
    at = self.home.scheduler.core_loop:time(), folder = self.folder.path, steps = {}, known = {},
  }
  local of_step = {}
  for i, step in ipairs(sender.steps(self)) do
    local record = {
      action = step.action, kind = step.kind.name, name = step.name, state = "waiting",
      id = step.id, before = step.before, fields = fields_of(step),
    }
    applied.steps[i], of_step[step] = record, record
    applied.known[step.kind.name] = ids_of(self.all[step.kind.name])
  end
  return applied, of_step
end

local function hooks_of(self, history, told)
  local applied, of_step = record_of(self)
  history:add(applied)
  return {
    before = function(step, sent)
      local record = of_step[step]
      record.state, record.after, record.id = "sent", sent, step.id
      history:save()
    end,
    done = function(step)
      of_step[step].state, of_step[step].id, step.outcome = "done", step.id, "done"
      history:save()
      told(step)
    end,
  }
end

-- ---- the tree afterwards ------------------------------------------------------------------------

-- Reports whether the home has every value in a file.
local function is_in_sync(entry, wanted, stored)
  for _, member in ipairs(entry.kind.members) do
    if not canonical.holds(stored[member.name], wanted[member.name]) then return false end
    if wanted[member.name] == nil and stored[member.name] ~= nil
      and not member.default and member.type ~= "list" then
      return false
    end
  end
  return true
end

-- Returns the thing at the home that belongs to an entry.
local function stored_of(self, after, entry)
  local id = entry.match and entry.match.id or self.map[entry.item.id] or entry.item.id
  return after[entry.kind.name].by_id[id]
end

local function write_entry(self, after, entry, files, written)
  local wanted, stored = ids.replace(entry.item, self.map), stored_of(self, after, entry)
  if stored and is_in_sync(entry, wanted, stored) then
    local path = after.files[stored]
    files[path], written[path] = canonical.file(stored), stored
    return path
  end
  if not canonical.equal(wanted, entry.item) then files[entry.file] = canonical.file(wanted) end
  if self.base and self.base.written[entry.file] then
    written[entry.file] = self.base.written[entry.file]
  end
  return entry.file
end

-- Keeps things in the base that are at the home but not in the tree: so a thing that was removed
-- from the tree differs from one that is new at the home.
local function keep_others(self, after, written)
  local seen = {}
  for _, item in pairs(written) do seen[item.id] = true end
  for path, item in pairs(self.base and self.base.written or {}) do
    for _, row in ipairs(kinds) do
      local is_there = after[row.name].by_id[item.id] ~= nil
      if path:sub(1, #row.folder + 1) == row.folder .. "/" and is_there and not seen[item.id]
        and not written[path] then
        written[path] = item
      end
    end
  end
end

--- Bring the files of a tree, and its base, up to date with the home.
---@param self homey.cli.Plan
---@param after homey.cli.Snapshot
local function refresh(self, after)
  local files, written, gone = {}, {}, {}
  for _, entry in ipairs(self.contents) do
    local path = write_entry(self, after, entry, files, written)
    if path ~= entry.file then gone[entry.file] = true end
  end
  keep_others(self, after, written)
  for path, content in pairs(files) do
    gone[path] = nil
    if self.folder:read(path) ~= content then self.folder:write(path, content) end
  end
  for path in pairs(gone) do self.folder:remove(path) end
  base.write(self.folder, base.new(after.home, written))
end

-- Returns a warning when the hub stored a member with another value than was sent.
local function differing(self, after)
  for _, step in ipairs(sender.steps(self)) do
    local stored = step.outcome == "done" and step.action ~= "delete"
      and after[step.kind.name].by_id[step.id]
    for name in pairs(stored and step.sent or {}) do
      local wanted = ids.replace(step.wanted, self.map)[name]
      if not canonical.holds(stored[name], wanted) then
        return ("the hub did not store the %s %s as it was sent: `%s` is %s."):format(
          step.kind.words, text.visible(step.name), name,
          text.visible_json(canonical.line(stored[name] == nil and "missing" or stored[name])))
      end
    end
  end
end

-- ---- applying -----------------------------------------------------------------------------------

local function count(self, outcome)
  local n = 0
  for _, step in ipairs(sender.steps(self)) do
    if step.outcome == outcome then n = n + 1 end
  end
  return n
end

local function failure(self, err)
  local failed, waiting
  for _, step in ipairs(sender.steps(self)) do
    if step.outcome ~= "done" and not failed then
      failed, step.outcome = step, "failed"
    elseif step.outcome ~= "done" then
      step.outcome, waiting = "not done", true
    end
  end
  if type(err) ~= "table" or not failed then return err end
  local again = self.is_undo and "Run `homey apply --undo` again to go on."
    or "Run `homey apply` again to go on, or `homey apply --undo` to go back."
  return new_error(err.kind, ("%s the %s %s failed: %s\nDone: %d, not done: %d.%s %s"):format(
    failed.action, failed.kind.words, text.visible(failed.name), text.sentence(tostring(err)),
    count(self, "done"), count(self, "failed") + count(self, "not done"),
    waiting and " It stopped there." or "", again), { status = err.status })
end

--- Send the steps of a plan.
---@param self homey.cli.Plan
---@param told fun(step: homey.cli.TreeStep)  called after each
function apply.run(self, told)
  local home = self.home
  if home.dry_run then
    return sender.run(self, { before = function() end, done = told })
  end
  local history = History.open(home)
  local _, err = try(function()
    local hooks = (self.hooks or hooks_of)(self, history, told)
    sender.run(self, hooks)
    if hooks.finish then hooks.finish() end
  end)
  history:close()
  index.remove(home) -- names of devices may have changed
  if err then err = failure(self, err) end
  local after, why = try(snapshot.read, home)
  if after and not self.is_other then
    local _, problem = try(refresh, self, after)
    err = err or problem
  end
  if err or why then raise(err or why) end
  local problem = differing(self, after)
  if problem then raise(new_error("protocol", problem)) end
end

return apply
