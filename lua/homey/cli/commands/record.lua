-- homey record, replay: what happens in a home, and automations that are played against it.

local arguments = require "homey.cli.arguments"
local at_home = require "homey.cli.at_home"
local compare = require "homey.cli.record.compare"
local core = require "homey.core"
local facts = require "homey.cli.facts"
local homey = require "homey"
local named_scripts = require "homey.cli.runner.named_scripts"
local player = require "homey.cli.record.player"
local recording = require "homey.cli.record.recording"
local scrub = require "homey.cli.record.scrub"
local snapshot = require "homey.cli.record.snapshot"
local try = require "homey.task.try"

local commands = {
  record = {
    name = "record", takes = "FILE", least = 1,
    text = "Record what happens in the home, until Ctrl-C: homey record evening.jsonl",
    more = "The file has the home as it is now and each change with its time, for homey replay.",
    options = {
      { name = "for", value = "TIME", type = "duration", doc = "end after this time: 3h" },
      { name = "scrub", type = "boolean",
        doc = "replace names, ids and texts, and round the location, to share the file" },
    },
  },
  replay = {
    name = "replay", takes = "FILE SCRIPT...", least = 2, most = math.huge,
    text = "Play a recording in virtual time against automations, and print what they send.",
    more = "NAME=VALUE is an argument of the script before it. Recorded changes of what the "
      .. "scripts set\nthemselves are not played. With --compare they are shown beside what was "
      .. "sent: `=` for both,\n`-` only in the recording, `+` only sent.",
    options = {
      { name = "compare", type = "boolean", doc = "compare with the recorded changes" },
    },
  },
}
commands.replay.options = facts.with(commands.replay.options)

-- ---- record -------------------------------------------------------------------------------------

local connecting = 15 -- seconds to wait for events; a hub without a websocket is read instead

local function listen(home, take)
  home:on("device.capability", function(_, _, event)
    take {
      at = event.at, device = event.device.id, capability = event.capability, value = event.value,
    }
  end)
  home:on("variable.update", function(variable, event)
    take { at = event.at, variable = variable.id, value = variable.value }
  end)
  home:on("user.update", function(user, event)
    take { at = event.at, user = user.id, present = user.present, asleep = user.asleep }
  end)
end

local function wait_for_connection(home)
  local connected = homey.promise()
  local handle = home:on("connect", function() connected:resolve() end)
  if not home.connected then try(connected.wait, connected, connecting) end
  handle:cancel()
end

---@class homey.cli.Recorder
---@field clean fun(event: table): table
---@field writer homey.cli.RecordingWriter|false  false: the home is not read yet
---@field early table[]   events that came before
---@field done homey.Promise
---@field count integer

local function write(self, event)
  local ok, err = try(function()
    self.writer:add(self.clean(event))
    return true
  end)
  self.count = self.count + 1
  if not ok and self.done.status == "pending" then self.done:reject(err) end
end

-- Listens before it reads the home, so that no change is lost in between.
local function start(home, path, is_scrubbed)
  local self = { writer = false, early = {}, done = homey.promise(), count = 0 }
  homey.devices {}
  listen(home, function(event)
    if self.writer then return write(self, event) end
    self.early[#self.early + 1] = event
  end)
  wait_for_connection(home)
  local at = homey.now()
  local taken = snapshot.read(home)
  self.clean = is_scrubbed and scrub.home(taken) or function(event) return event end
  self.writer = recording.create(path, taken, at)
  for _, event in ipairs(self.early) do
    if event.at >= at then write(self, event) end
  end
  return self
end

local run = {}

function run.record(options, rest, home)
  local self = start(home, rest[1], options.scrub)
  io.stderr:write(("recording to %s.\n"):format(rest[1]))
  local _, err = try(self.done.wait, self.done, options["for"])
  if err and err.kind ~= "timeout" then error(err, 0) end
  self.writer:close(homey.now())
  io.stderr:write(("recorded %d changes.\n"):format(self.count))
end

-- ---- replay -------------------------------------------------------------------------------------

local sent_columns = {
  { "TIME", "time" }, { "SENT", "text", rest = true }, { "BY", "by" },
  { "BECAUSE", "because", rest = true },
}
local compared_columns = {
  { "", "mark" }, { "TIME", "time" }, { "DEVICE", "device", rest = true },
  { "CAPABILITY", "capability" }, { "VALUE", "value" }, { "LATER BY (s)", "delay" },
}

local function or_null(value)
  if value == nil then return core.null end
  return value
end

local function sent_facts(played)
  local list = {}
  for i, entry in ipairs(played.sent) do
    list[i] = {
      time = entry.time, at = entry.at, text = tostring(entry), device = entry.device,
      capability = entry.capability, value = or_null(entry.value), failed = entry.failed,
      by = entry.by, because = entry.because,
    }
  end
  return list
end

local function compared_facts(played)
  local home = played.home
  local list = compare.lists(played.held_back, played.sent, function(id)
    return tostring(home:device(id))
  end)
  for _, each in ipairs(list) do
    each.time, each.value = home:date("%Y-%m-%d %H:%M:%S", each.at), or_null(each.value)
  end
  return list
end

local function replay(options, rest)
  local path = table.remove(rest, 1)
  local played = player.play(recording.read(path), named_scripts(rest, "replay"))
  if played.skipped > 0 then
    io.stderr:write(("homey replay: %d events could not be played.\n"):format(played.skipped))
  end
  if options.compare then
    facts.print(compared_facts(played), compared_columns, options)
  else
    facts.print(sent_facts(played), sent_columns, options)
  end
  played.home:close()
  return 0
end

local main = at_home.main({ record = commands.record }, run)

return {
  commands = commands,
  main = function(list, name)
    if name == "record" then return main(list, name) end
    local options, rest = arguments.read(commands.replay, list)
    if not options then return rest end
    return replay(options, rest)
  end,
}
