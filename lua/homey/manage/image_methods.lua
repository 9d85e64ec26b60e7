-- Methods of images: their bytes, and a file with them.

local arguments = require "homey.util.arguments"
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local visible = require("homey.util.text").visible

---@class homey.Image
local methods = {}

local function refuse(image, kind, sentence)
  return raise(new_error(kind, ("the image %s: %s"):format(tostring(image), sentence)))
end

--- The picture as the hub has it now, in the format that its app chose, such as JPEG or PNG. Larger
--- ones than `max_reply` of the login are refused.
--- Raises: not_found, request.
---@return string bytes
function methods:data()
  local url = self:current().url
  if not url then refuse(self, "not_found", "the hub has no picture of it now.") end
  if not url:find "^/[^/]" then refuse(self, "protocol", "its address is not one of the hub.") end
  local bytes = self.home:get(url)
  if type(bytes) ~= "string" or bytes == "" then
    refuse(self, "protocol", "the hub answered no picture.")
  end
  return bytes
end

-- Writes a file beside the path, and then gives it that name: the path never has half a picture.
local function write(path, bytes)
  local part = ("%s.%s.part"):format(path, core.uuid():sub(1, 8))
  local file, problem = io.open(part, "wb")
  if not file then return problem end
  local done, why = file:write(bytes)
  local closed, also = file:close()
  if done and closed then done, why = os.rename(part, path) end
  if done and closed then return nil end
  os.remove(part)
  return why or also
end

--- Save the picture to a file. A file of that name is replaced when the picture is complete.
--- Raises: invalid, not_found, request.
---@param path string
---@return string path
function methods:save(path)
  arguments.check_name(path, "image:save takes the path of a file, not ")
  local problem = write(path, self:data())
  if problem then
    invalid("%s cannot be written: %s. Check that its folder exists and has room.", visible(path),
      (tostring(problem):match ": ([^:]+)$" or tostring(problem)))
  end
  return path
end

return { methods = methods }
