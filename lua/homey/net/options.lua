-- Option tables of fetch and lines.

local format = require "homey.util.format"

local rows = {} ---@type table<string, homey.OptionRows>

-- A body may hold any bytes.
local function check_bytes(value)
  if type(value) == "string" then return value end
  return nil, ("takes text, not %s."):format(format(value))
end

local most_redirects = 50

-- A count; less than 0 means none, as in homey.h.
local function check_redirects(value)
  if value == true then return 10 end
  if value == false or value == 0 then return -1 end
  local fits = type(value) == "number" and value == math.floor(value) and value > 0
    and value <= most_redirects
  if fits then return value end
  return nil, ("takes true, false or a whole number from 0 to %d, not %s.")
    :format(most_redirects, format(value))
end

rows.fetch = {
  what = "homey.fetch", class = "homey.FetchOptions", example = "{ timeout = \"5 s\" }",
  doc = "Options of homey.fetch. At most one of body, json, form and multipart.",
  { name = "method", type = "text", default_text = "'POST' with a body, else 'GET'",
    doc = "the method of the request" },
  { name = "headers", type = "table", annotation = "table<string, string|number|string[]>",
    doc = "by name; a list is sent as several; an empty text leaves out a default header" },
  { name = "body", type = "text", check = check_bytes, annotation = "string",
    doc = "what is sent, as it is" },
  { name = "json", type = "any", doc = "what is sent, as JSON" },
  { name = "form", type = "table", annotation = "table<string, string|number|boolean>",
    doc = "fields of a form" },
  { name = "multipart", type = "table", annotation = "table<string, string|number|homey.Part>",
    doc = "fields and files of a form: { photo = { path = \"door.jpg\" } }" },
  { name = "timeout", type = "duration", min = 0.001, max = 3600, default = 30,
    doc = "longest duration of all of it, redirects included" },
  { name = "max", type = "integer", unit = "bytes", min = 1, max = 2 ^ 30,
    default = 16 * 1024 * 1024, doc = "longest body of the answer" },
  { name = "redirects", type = "any", check = check_redirects, annotation = "boolean|integer",
    default = 10, doc = "how many redirects are followed; false: none" },
  { name = "cafile", type = "text", default_text = "the system's",
    doc = "certificates of trusted authorities, a PEM file" },
}

rows.part = {
  what = "a part of `multipart`", class = "homey.Part", required = true,
  example = "{ path = \"door.jpg\" }",
  doc = "One part of a multipart form. It has either `path` or `data`.",
  { name = "path", type = "text", doc = "the file that is sent" },
  { name = "data", type = "text", check = check_bytes, annotation = "string",
    doc = "the bytes that are sent" },
  { name = "filename", type = "text", default_text = "the name of the file",
    doc = "the name that the server is told" },
  { name = "type", type = "text", default_text = "application/octet-stream",
    doc = "the media type of the part" },
}

rows.lines = {
  what = "homey.lines", class = "homey.LinesOptions", example = "{ max = 4096 }",
  doc = "Options of homey.lines.",
  { name = "max", type = "integer", unit = "bytes", min = 1, max = 2 ^ 30, default = 1024 * 1024,
    doc = "longest line" },
}

return rows
