-- Runs hardly any C code: not under Valgrind.
local Resolver = require "homey.model.resolve"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"

local function names(list)
  local items = {}
  for i, each in ipairs(list) do
    local path = {}
    for zone in each[1]:gmatch("[^>]+") do path[#path + 1] = zone end
    items[i] = { id = "id" .. i, name = each[2], path = path, resource = each[3] or i }
  end
  return Resolver.new(items)
end

local home = names {
  { "Home>Downstairs>Kitchen", "Lamp" },            -- 1
  { "Home>Downstairs>Hall", "Lamp" },               -- 2
  { "Home>Downstairs>Kitchen", "Coffee" },          -- 3
  { "Home>Upstairs", "TV/Radio" },                  -- 4
  { "Home>Living/Dining", "Table" },                -- 5
  { "Home>Upstairs>Küche", "Öfchen" },              -- 6
  { "Home>Downstairs>Kitchen>Pantry", "Light" },    -- 7
  { "Home>Downstairs>Kitchen", "Light" },           -- 8
  { "Home>Upstairs", "coffee" },                    -- 9
  { "Home>Garage", "Twin" },                        -- 10
  { "Home>Garage", "Twin" },                        -- 11
  { "", "Orphan" },                                 -- 12
  { "Home>Κουζίνα", "Φώτα" },                       -- 13
  { "Home>Upstairs", "K\195\188chenlicht Fenster" },  -- 14
  { "Home>Upstairs", "Lampe\194\160rot" },            -- 15
  { "Home>Garage", "Å\204\129" },                     -- 16
  { "Home>Garage", "\199\187" },                      -- 17
}

describe("a name", function()
  for _, case in ipairs {
    { "Coffee", 3 }, { "coffee", 9 }, { "TV/Radio", 4 }, { "Upstairs/TV/Radio", 4 },
    { "Orphan", 12 },
    { "Kitchen/Lamp", 1 }, { "Hall/Lamp", 2 }, { "Downstairs/Kitchen/Lamp", 1 },
    { "Home/Downstairs/Hall/Lamp", 2 },
    { "Living/Dining/Table", 5 }, { "Downstairs/Coffee", 3 }, { "Home/Coffee", 3 },
    { "Home/Hall/Lamp", 2 },
    { "orphan", 12 }, { "kitchen/lamp", 1 }, { "KÜCHE/öFCHEN", 6 }, { "upstairs/COFFEE", 9 },
    { "Ku\204\136chenlicht fenster", 14 }, { "KU\204\136CHENLICHT\194\160FENSTER", 14 },
    { "lampe rot", 15 }, { "Lampe\226\128\175rot", 15 },
    { "ΚΟΥΖΊΝΑ/ΦΏΤΑ", 13 }, { "Home/κουζι\204\129να/φω\204\129τα", 13 }, { "\199\187", 17 },
    { "Å\204\129", 16 },
    { "Kitchen/Light", 8 }, { "Pantry/Light", 7 }, { "Kitchen/Pantry/Light", 7 },
  } do
    it(("%s is found"):format(case[1]), function()
      assert.equal(case[2], home:find(case[1], "device"))
    end)
  end

  local function failure(ref)
    local ok, err = pcall(home.find, home, ref, "device")
    assert.is_false(ok)
    return err
  end

  for _, case in ipairs {
    { "Lamp", "'Hall/Lamp', 'Kitchen/Lamp'" },
    { "lamp", "'Hall/Lamp', 'Kitchen/Lamp'" },
    { "Downstairs/Lamp", "'Hall/Lamp', 'Kitchen/Lamp'" },
    { "COFFEE", "'Kitchen/Coffee', 'Upstairs/coffee'" },
    { "Twin", "'Home/Garage/Twin' %(id10%), 'Home/Garage/Twin' %(id11%)" },
    { "\199\186", "'Garage/Å\204\129', 'Garage/\199\187'" },
  } do
    it(("%s is ambiguous, and the choices are named"):format(case[1]), function()
      local err = failure(case[1])
      assert.equal("ambiguous", err.kind)
      assert.matches(case[2], err.message)
    end)
  end

  for _, case in ipairs {
    { "Cofee", "did you mean 'Coffee' or 'coffee'%?" },
    { "Kitchen/Lmap", "did you mean 'Kitchen/Lamp'" },
    { "Orphn", "did you mean 'Orphan'%?" }, { "Öfche", "did you mean 'Öfchen'" },
    { "Zzyzx", "Zzyzx'%.$" },
  } do
    it(("%s is not found, and similar names are suggested"):format(case[1]), function()
      local err = failure(case[1])
      assert.equal("not_found", err.kind)
      assert.matches("there is no device '" .. case[1], err.message, 1, true)
      assert.matches(case[2], err.message)
    end)
  end

  it("ignores invisible characters unless one name matches exactly", function()
    local some = names {
      { "Home>Hall", "Lamp\226\128\139Zero" }, { "Home>Hall", " Trim  me " },
      { "Home>Hall", "\226\152\128\239\184\143 Sun" },
      { "Home>Hall", "Twin" }, { "Home>Hall", "Tw\194\173in" },
    }
    for name, wanted in pairs {
      ["LampZero"] = 1, ["hall/lampzero"] = 1, ["Trim me"] = 2, ["Hall / trim me"] = 2,
      ["\226\152\128 sun"] = 3, ["twin"] = 4,
      ["Tw\194\173in"] = 5,
    } do
      assert.same({ name, wanted }, { name, some:find(name, "device") })
    end
  end)

  it("is distinguished from an id", function()
    assert.is_true(text.is_id("ff469433-66b3-458d-ad73-14530d8f9b39"))
    assert.is_false(text.is_id("ff469433-66b3-458d-ad73-14530d8f9b3"))
    assert.is_false(text.is_id("Kitchen/Lamp"))
  end)

  it("is found among ten thousand", function()
    local list = {}
    for i = 1, 10000 do
      list[i] = { "Home>Floor " .. i % 10 .. ">Room " .. i % 100, "Lamp " .. i }
    end
    local many = names(list)
    assert.equal(9999, many:find("Room 99/lamp 9999", "device"))
    local _, err = pcall(many.find, many, "Room 99/Lamp 99990", "device")
    assert.equal("not_found", err.kind)
  end)
end)

describe("text", function()
  for _, case in ipairs {
    { "ABC xyz", "abc xyz" }, { "ÀÉÎÕÜÞ×", "àéîõüþ×" }, { "ŁÓDŹ", "łódź" }, { "ΑΩ", "αω" },
    { "ЁЖ", "ёж" }, { "日本", "日本" },
  } do
    it(("folds %s"):format(case[1]), function() assert.equal(case[2], text.fold(case[1])) end)
  end

  for _, case in ipairs {
    { "", true }, { "plain", true }, { "é€😀", true }, { "\128", false }, { "\192\128", false },
    { "\237\160\128", false },
    { "\244\144\128\128", false }, { "\195", false }, { "\224\159\191", false }, { "a\255", false },
    { "\239\191\191", true }, { "\244\143\191\191", true },
  } do
    it(("%q %s UTF-8"):format(case[1], case[2] and "is" or "is not"), function()
      assert.equal(case[2], text.is_utf8(case[1]))
    end)
  end

  it("suggests at most three names, nearest first", function()
    assert.same({ "dim", "dims" }, suggest.names("dim", { "onoff", "dims", "dim", "dims" }))
    assert.equal(3, #suggest.names("lamp", { "lamp1", "lamp2", "lamp3", "lamp4" }))
    assert.equal(".", suggest.hint("zzz", { "onoff" }))
    assert.equal("; did you mean 'lamp', 'lam' or 'lamps'?",
      suggest.hint("lamp", { "lamps", "lamp", "lam" }))
  end)
end)
