-- What is made from the table of operations: the page, and the annotations for editors.
-- Runs hardly any C code: not under Valgrind.

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

describe("docs/operations.md", function()
  it("is up to date with make reference", function()
    assert.equal(dofile "mk/reference/operations.lua", read "docs/operations.md")
  end)

  it("has every operation of every hub", function()
    local operations, page = require "homey.api.operations", read "docs/operations.md"
    for _, manager in ipairs(operations.managers()) do
      local section = page:match("\n## " .. manager:gsub("%-", "_") .. "\n(.*)$")
      section = section:match "^(.-)\n## " or section
      for _, row in ipairs(operations.of(manager)) do
        assert.is_truthy(section:find("| `" .. row.operation .. "[{(]"), row.operation)
      end
    end
  end)
end)

describe("the part about the cloud", function()
  it("has every operation of its table", function()
    local part = read("docs/operations.md"):match "\n# The cloud\n(.*)$"
    local count = 0
    for line in io.lines "mk/tables/cloud-operations.tsv" do
      local name, method = line:match "^Athom%S+\t%S+\t(%S+)\t(%u+)\t"
      if name then
        count = count + 1
        assert.is_truthy(part:find("| `" .. name .. "[{(][^|]*| `" .. method .. " /"), name)
      end
    end
    assert.equal(14, count)
  end)
end)

describe("lua/homey/meta/operations.lua", function()
  it("is up to date with make annotations", function()
    assert.equal(dofile "mk/meta/operations.lua", read "lua/homey/meta/operations.lua")
  end)
end)
