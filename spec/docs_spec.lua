-- What the pages in docs/ show is what happens. A block that begins with the name of a file is that file; one that makes
-- itself a home is a program; any other is an automation, run for a day in a home in virtual time. Tests among the files are run
-- by `homey test`. What is promised behind --> is printed.
local page = require "spec.support.page"

local lua = os.getenv "HOMEY_TEST_LUA"

local function pages()
  local list, paths = io.popen "ls docs/*.md", {}
  for path in list:lines() do paths[#paths + 1] = path end
  list:close()
  return paths
end

local function run_block(folder, block)
  if not block:find("homey.sim", 1, true) then return page.automate(folder, block) end
  page.write(folder .. "/block.lua", block)
  return page.run(folder, lua .. " block.lua")
end

for _, path in ipairs(pages()) do
  describe(path, function()
    local folder, blocks, tests = os.tmpname(), 0, 0
    os.remove(folder)

    setup(function() os.execute("mkdir -p " .. folder .. "/spec") end)
    teardown(function() os.execute("rm -rf " .. folder) end)

    for block in page.blocks(path) do
      blocks = blocks + 1
      local name = block:match "^%-%- ([%w_/]+%.lua)\n"
      if name and name:find "_test%.lua$" then tests = tests + 1 end
      it(("holds for its Lua block %d"):format(blocks), function()
        if name then return page.write(folder .. "/" .. name, block) end
        page.check(block, run_block(folder, block))
      end)
    end

    if tests > 0 then
      it("has tests that pass", function()
        local code, output = page.run(folder, lua .. " -e 'os.exit(require([[homey.cli.test]]).main({}))'")
        assert.equal(0, code, output)
        assert.match("[1-9]%d* success", output)
      end)
    end
  end)
end
