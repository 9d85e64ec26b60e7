-- Forms: fields as text that is percent-encoded, and as parts of a multipart body.

local core = require "homey.core"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local show = require "homey.util.format"

local option_reader = lazy "homey.util.options"
local option_tables = lazy "homey.net.options"

local form = {}

local function sorted_names(fields, what)
  local names = {}
  for name in pairs(fields) do
    if type(name) ~= "string" or name == "" then
      invalid("homey.fetch: `%s` takes fields by name, not under the key %s.", what, show(name))
    end
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local written = { string = true, number = true, boolean = true }

local function text_of(value, what, name)
  if written[type(value)] then return tostring(value) end
  return invalid("homey.fetch: the field `%s` of `%s` takes text, a number or a boolean, not %s.",
    name, what, show(value))
end

local function percent_encode(text)
  return (text:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

--- The body of a form, with its fields in the order of their names.
---@param fields table<string, string|number|boolean>
---@return string body
---@return string content_type
function form.encode(fields)
  local list = {}
  for i, name in ipairs(sorted_names(fields, "form")) do
    list[i] = percent_encode(name) .. "=" .. percent_encode(text_of(fields[name], "form", name))
  end
  return table.concat(list, "&"), "application/x-www-form-urlencoded"
end

-- ---- multipart ----------------------------------------------------------------------------------

local function contents(path)
  local file, problem = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then file:close() end
  return text or invalid("homey.fetch: a file of `multipart` cannot be read: %s.",
    problem or path .. " is no file")
end

-- What a quoted text of a header cannot hold is percent-encoded, as browsers do.
local function quoted(text)
  return '"' .. text:gsub('[%c"]', percent_encode) .. '"'
end

-- The part of a field: its bytes, the name of its file and its media type.
local function part_of(name, value)
  if type(value) ~= "table" then return { data = text_of(value, "multipart", name) } end
  local part = option_reader.read(option_tables.part, value,
    ("homey.fetch: the part `%s`"):format(name))
  if (part.path == nil) == (part.data == nil) then
    invalid("homey.fetch: the part `%s` takes either `path` or `data`.", name)
  end
  if part.type and part.type:find "%c" then
    invalid("homey.fetch: the part `%s`: `type` holds a control character.", name)
  end
  return {
    data = part.data or contents(part.path), type = part.type or "application/octet-stream",
    filename = part.filename or (part.path or name):match "[^/]*$",
  }
end

local function head_of(name, part)
  local lines = "Content-Disposition: form-data; name=" .. quoted(name)
  if part.filename then lines = lines .. "; filename=" .. quoted(part.filename) end
  if part.type then lines = lines .. "\r\nContent-Type: " .. part.type end
  return lines
end

--- The body of a multipart form, with its parts in the order of their names.
---@param fields table<string, string|number|boolean|homey.Part>
---@return string body
---@return string content_type
function form.multipart(fields)
  local boundary, list = "homey-" .. core.uuid(), {}
  for _, name in ipairs(sorted_names(fields, "multipart")) do
    local part = part_of(name, fields[name])
    list[#list + 1] = ("--%s\r\n%s\r\n\r\n"):format(boundary, head_of(name, part))
    list[#list + 1] = part.data
    list[#list + 1] = "\r\n"
  end
  list[#list + 1] = ("--%s--\r\n"):format(boundary)
  return table.concat(list), "multipart/form-data; boundary=" .. boundary
end

return form
