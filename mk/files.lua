-- File helpers of the generators and the specs: contents of a file, lines that a command prints.

local files = {}

--- The contents of a file.
---@param path string
---@return string
function files.contents(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

--- The lines that a command prints.
---@param command string
---@return string[]
function files.lines_of(command)
  local lines, pipe = {}, assert(io.popen(command))
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return lines
end

--- Does the file exist?
---@param path string
---@return boolean
function files.exist(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

--- The rows of a table of mk/tables, each by the names in its first line that is no comment.
---@param path string
---@return table<string, string>[]
function files.rows(path)
  local names, rows = nil, {}
  for line in io.lines(path) do
    if not line:find "^#" then
      local row, columns = {}, {}
      for column in (line .. "\t"):gmatch "([^\t]*)\t" do columns[#columns + 1] = column end
      for i, name in ipairs(names or {}) do row[name] = columns[i] end
      if names then rows[#rows + 1] = row else names = columns end
    end
  end
  return rows
end

return files
