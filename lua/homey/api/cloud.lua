-- homey.cloud: the public operations of the Athom cloud, and requests to it by path, with the
-- account of the login: homey.cloud.getAuthenticatedUser(), homey.cloud.get("/user/me"). The token
-- of the account stays in the core.

local Operation = require "homey.api.operation"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local names = require "homey.api.names"
local operations = require "homey.api.operations"
local parameters = require "homey.api.parameters"
local pipeline = require "homey.write.pipeline"
local raw_request = require "homey.write.raw_request"
local request = require "homey.api.request"
local text = require "homey.util.text"

local arguments = lazy "homey.util.arguments"
local option_reader = lazy "homey.util.options"
local option_tables = lazy "homey.write.options"
local suggest = lazy "homey.util.suggest"

-- ---- the operations -----------------------------------------------------------------------------

local rows -- name -> row

local function all_rows()
  rows = rows or operations.of_cloud()
  return rows
end

-- ---- sending ------------------------------------------------------------------------------------

-- The cloud wraps some answers: {status, result} or {success, message}.
local function unwrapped(answer)
  if type(answer) ~= "table" then return answer end
  local count = 0
  for _ in pairs(answer) do count = count + 1 end
  if count ~= 2 then return answer end
  if answer.status ~= nil and answer.result ~= nil then return answer.result end
  if answer.success == true and answer.message ~= nil then return answer.message end
  return answer
end

local function exchange(home, server, method, path, body, given)
  local options = option_reader.read(option_tables.request, given)
  options.server = server
  if method == "GET" then return unwrapped(home.scheduler:collect(home:read(path, options))) end
  return unwrapped(pipeline.run(raw_request.new(home, method, path, body, options)))
end

---@type homey.api.Server
local cloud = {}

function cloud.row(call) return all_rows()[call.operation] end

function cloud.rows(call) return { cloud.row(call) } end

function cloud.describe(row)
  return ("%s %s%s"):format(row.method, row.path,
    row.server ~= "cloud" and (" of %s-api.athom.com"):format(row.server) or "")
end

function cloud.send(home, row, args, given)
  local path, body = request.of(row, args, "")
  return exchange(home, row.server, row.method, path, body, given)
end

-- ---- by path ------------------------------------------------------------------------------------

-- Name -> whether it takes a body.
local by_path = { get = false, put = true, post = true, delete = false }

local function make_request(self, known, name)
  local what, method, has_body = known.what .. "." .. name, text.upper(name), by_path[name]
  local function send(path, body, options)
    return exchange(known.home_of(true), "cloud", method, path, body, options)
  end
  return function(...)
    if (...) == self then invalid("%s is called with a dot: %s(...).", what, what) end
    arguments.check_count(what, has_body and 3 or 2, ...)
    local path, second, third = ...
    if not has_body then return send(path, nil, second) end
    return send(path, second == nil and {} or second, third)
  end
end

-- ---- the table ----------------------------------------------------------------------------------

local function all_names()
  local list = suggest.keys(all_rows())
  for _, name in ipairs(suggest.keys(by_path)) do list[#list + 1] = name end
  return list
end

local function make(self, known, name)
  if by_path[name] ~= nil then return make_request(self, known, name) end
  if not all_rows()[name] then
    invalid("%s has no operation '%s'%s print(%s) lists all.", known.what, name,
      suggest.hint(name, all_names()), known.what)
  end
  return Operation.new {
    what = known.what .. "." .. name, operation = name, owner = self, home_of = known.home_of,
    server = cloud,
  }
end

local function list(known)
  local sorted = suggest.keys(all_rows())
  local lines = {
    ("%s: get(path), put(path, body), post(path, body), delete(path), and %d operations")
      :format(known.what, #sorted),
  }
  for _, name in ipairs(sorted) do
    lines[#lines + 1] = "  " .. name .. parameters.signature(rows[name], false)
  end
  return table.concat(lines, "\n")
end

local new_cloud = names.class("homey.cloud", make, list)

--- Make the table of the cloud.
---@param home_of fun(needed: boolean?): homey.Home?  the home whose account is used; when it is
---   needed and there is none it raises an error
---@return homey.Cloud
return function(home_of)
  return new_cloud { what = "homey.cloud", home_of = home_of }
end
