-- Output handler of busted: prints failures as plain text, and writes a line to the file $TALLY for
-- each event at once: `start NAME`, `ok`, `fail`, `skip`, and `end` after the last test. So the
-- runner can count, and knows which test was running when the process hung or died.
local pretty = require "pl.pretty"

local tally = assert(io.open(os.getenv "TALLY" or "/dev/null", "a"))

local function note(line)
  tally:write(line, "\n")
  tally:flush()
end

local function indented(text)
  return "    " .. text:gsub("^\n+", ""):gsub("\n", "\n    ")
end

local function show(failure)
  local trace = failure.trace or failure.element.trace or {}
  local message = failure.message
  if type(message) == "table" and getmetatable(message) and getmetatable(message).__tostring then
    message = tostring(message)
  elseif type(message) ~= "string" then
    message = message == nil and "nil error" or pretty.write(message)
  end
  print(("FAIL %s:%s: %s"):format(trace.short_src or "?", trace.currentline or "?", failure.name))
  print((indented(message)))
  if failure.isError and trace.traceback then print((indented(trace.traceback))) end
  io.stdout:flush()
end

return function()
  local busted = require "busted"
  local handler = require "busted.outputHandlers.base"()
  local lines = { success = "ok", pending = "skip" }

  busted.subscribe({ "test", "start" }, function(element)
    note("start " .. handler.getFullName(element):gsub("%s+", " "))
    return nil, true
  end)
  busted.subscribe({ "test", "end" }, function(_, _, status)
    note(lines[status] or "fail")
    if status == "failure" then show(handler.failures[#handler.failures]) end
    if status == "error" then show(handler.errors[#handler.errors]) end
    return nil, true
  end)
  -- in a describe, a hook or while the file is loaded
  for _, outcome in ipairs { "error", "failure" } do
    busted.subscribe({ outcome }, function(element)
      if element.descriptor ~= "it" then
        note "fail"
        show(handler.errors[#handler.errors])
      end
      return nil, true
    end)
  end
  busted.subscribe({ "suite", "end" }, function()
    note "end"
    return nil, true
  end)

  return handler
end
