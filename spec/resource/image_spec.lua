-- Images of the hub: those of a device, their bytes, and files with them.
local failure = require "spec.support.failure"
local homey = require "homey"
local simulator = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local id = "0d5f8b91-c4e6-47a2-b1d3-9e70a6f25c85"
local path = os.tmpname()

local function read()
  local file = io.open(path, "rb")
  if not file then return nil end
  local bytes = file:read "*a"
  file:close()
  return bytes
end

-- Names in the folder of the path that begin as it does.
local function files()
  local list, pipe = {}, io.popen(("ls -d %s*"):format(path))
  for each in pipe:lines() do list[#list + 1] = each end
  pipe:close()
  return list
end

teardown(function() os.remove(path) end)

for _, version in ipairs { 2, 3 } do
  describe(("an image of a v%d hub"):format(version), function()
    local home, image

    before_each(function()
      home = simulator.home(nil, { quiet = true, api_version = version })
      image = home:image(id)
    end)
    after_each(function() home:close() end)

    it("has an owner, a path and a time", function()
      assert.same({ image }, home:images())
      assert.same({ "homey:app:com.example.doors", "/api/image/" .. id },
        { image.owner_uri, image.url })
      assert.equal(1774026312.25, image.updated)
    end)

    it("is saved to a file, as it is", function()
      local bytes = image:data()
      assert.equal("\137PNG\r\n\26\n", bytes:sub(1, 8))
      assert.equal(path, image:save(path))
      assert.equal(bytes, read())
      assert.same({ path }, files())
    end)

    it("that cannot be saved leaves the old file", function()
      local file = assert(io.open(path, "wb"))
      file:write "old"
      file:close()
      home:fail { path = "/api/image/", status = 500 }
      assert.equal("hub", failure(image.save, image, path).kind)
      assert.equal("old", read())
      assert.same({ path }, files())
      local err = failure(image.save, image, "/no/such/folder/x.png")
      assert.equal("invalid", err.kind)
      assert.match("^/no/such/folder/x.png cannot be written: No such file", err.message)
      assert.match("takes the path of a file, not nothing", failure(image.save, image).message)
    end)

    it("without an address of the hub is refused", function()
      for _, url in ipairs { "https://example.com/x.png", "//example.com/x.png", homey.null } do
        home.model:update("images", id, { url = url })
        image:refresh()
        assert.match("the image " .. id, failure(image.data, image).message, 1, true)
      end
    end)

    it("belongs to a device", function()
      local lamp = home:device "Hall/Lamp"
      assert.same({}, lamp:images())
      local object = { id = id, url = "/api/image/" .. id, lastUpdated = "2026-05-01T08:00:00Z" }
      home:change("device", "Hall/Lamp",
        { images = { { id = "main", type = "camera", imageObj = object }, { id = 5 } } })
      assert.same({ image }, lamp:images())
      assert.equal(1777622400, image.updated)
    end)

    it("is notified of its changes", function()
      local told = {}
      home:on("image.update", function(changed) told[#told + 1] = changed.updated end)
      home:advance "1 s"
      home.model:update("images", id, { lastUpdated = "2026-05-01T08:00:00Z" })
      home:advance "1 s"
      assert.same({ 1777622400 }, told)
    end)
  end)
end

describe("an image over real sockets", function()
  local sim

  setup(function() sim = support.start() end)
  teardown(support.stop)

  it("is saved byte by byte", function()
    homey.login(without_state(sim.pat_options))
    homey.images()[1]:save(path)
    assert.equal("\137PNG\r\n\26\n", read():sub(1, 8))
    assert.equal(70, #read())
  end)

  it("that is larger than max_reply is refused", function()
    local options = without_state(sim.pat_options)
    local with_limit = { max_reply = 60 }
    for name, value in pairs(options) do with_limit[name] = value end
    local home = homey.new(with_limit)
    local err = failure(home.get, home, "/api/image/" .. id)
    assert.match("larger than the limit. Raise `max_reply`", err.message)
    home:close()
  end)
end)
