-- homey api: any operation of the hub, and any request.

local at_home = require "homey.cli.at_home"
local core = require "homey.core"
local homey = require "homey"
local invalid = require "homey.util.invalid"
local operations = require "homey.api.operations"
local output = require "homey.cli.output"
local text = require "homey.util.text"
local words = require "homey.cli.words"

local commands = {
  api = {
    name = "api", takes = "OPERATION [NAME=VALUE...] | METHOD PATH [JSON]", least = 1, most = 64,
    text = "Call an operation of the hub, or send a request. Prints the answer as JSON.",
    more = "homey api devices.getDevice id=9c36e0f1-...   `homey operations` lists them\n"
      .. "homey api GET /api/manager/system/\n"
      .. "homey api PUT /api/manager/... '{\"name\": \"x\"}'   with - the JSON is read from stdin",
  },
}

local function print_answer(value)
  if value ~= nil then output(text.visible_json(assert(core.encode(value))) .. "\n") end
end

-- ---- a request ----------------------------------------------------------------------------------

local methods = { GET = "get", PUT = "put", POST = "post", DELETE = "delete" }
local has_body = { PUT = true, POST = true }

local function body_of(word)
  if not word then return nil end
  local value, problem = core.decode(word)
  if value == nil then invalid("the body is not valid JSON: %s", tostring(problem)) end
  return value
end

local function send(home, rest)
  local method, path = rest[1], rest[2]
  if not path or #rest > (has_body[method] and 3 or 2) then
    invalid("%s takes a path%s.", method, has_body[method] and " and JSON" or " and nothing else")
  end
  local f = home[methods[method]]
  if method == "GET" then return f(home, path) end
  local body = body_of(rest[3])
  return at_home.change(home, "api", f, home, path, body)
end

-- ---- an operation -------------------------------------------------------------------------------

-- Reports for each parameter whether every variant of the operation takes text.
local function text_parameters(manager, name)
  local is_text = {}
  for _, row in ipairs(operations.of((manager:gsub("_", "-"))) or {}) do
    for _, param in ipairs(row.operation == name and row.params or {}) do
      is_text[param.name] = is_text[param.name] ~= false and param.type == "string"
    end
  end
  return function(parameter) return is_text[parameter] end
end

local function call(home, rest)
  local manager, name = rest[1]:match "^([%w_-]+)%.(%w+)$"
  if not manager then
    invalid("an operation is MANAGER.NAME, such as devices.getDevices, and a method is GET, PUT, "
      .. "POST or DELETE, not '%s'.", rest[1])
  end
  local operation = homey.api[manager][name]
  return at_home.change(home, "api", function()
    return operation(words.pairs(rest, 2, text_parameters(manager, name)))
  end)
end

local run = {}

function run.api(_, rest, home)
  print_answer((methods[rest[1]] and send or call)(home, rest))
end

local main = at_home.main(commands, run)

-- The input is read before signals are: Ctrl-C then ends the program.
local function with_input(list)
  local whole = {}
  for i, word in ipairs(list) do whole[i] = word end
  if list[#list] == "-" then whole[#list] = io.read "*a" end
  return whole
end

return {
  main = function(list, name) return main(with_input(list), name) end,
  commands = commands,
}
