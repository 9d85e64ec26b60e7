-- Chaos in virtual time: random faults for half an hour while the home changes. In the end the
-- cache equals the hub, each lasting change was reported once and in order, and nothing is left
-- over. Runs hardly any C code: not under Valgrind.
local Course = require "spec.support.chaos.course"
local cache = require "spec.support.chaos.cache"

local seeds = { 1, 2, 3, 4, 5, 6 }

local function on_or_off(key) return key:find "^device .* onoff$" ~= nil end

-- The listeners, and the changes that each must receive; no change may arrive twice.
local ears = {
  ["everything"] = function(_, key) return key:find "^device " ~= nil end,
  ["each device"] = function(course, key)
    return key:find "^device " ~= nil and not course.ledger.later[key]
  end,
  ["a selection"] = function(_, key) return on_or_off(key) end,
  ["a zone"] = function(course, key)
    local id = key:match "^device (%S+)"
    return on_or_off(key) and course.kitchen[id] and not course.moved[id]
  end,
  ["variables"] = function(course, key)
    return key:find "^variable " ~= nil and not course.ledger.later[key]
  end,
  ["all variables"] = function(_, key) return key:find "^variable " ~= nil end,
  ["flows"] = function(course, key)
    return key:find "^flow " ~= nil and not course.ledger.later[key]
  end,
  ["users"] = function(course, key)
    return key:find "^user " ~= nil and not course.ledger.later[key]
  end,
  ["lives"] = function(_, key) return key:find "^life " ~= nil end,
  ["names"] = function(_, key) return key:find "^name " ~= nil end,
}

local function problems_of(course)
  local list = {}
  for ear, wants in pairs(ears) do
    local function wanted(key) return wants(course, key) end
    local function lasted(from, till) return course:lasted(from, till) end
    for _, problem in ipairs(course.ledger:problems(ear, lasted, wanted)) do
      list[#list + 1] = problem
    end
  end
  for _, ear in ipairs(course.gone) do
    for _, problem in ipairs(course.ledger:problems(ear, function()
      return false
    end)) do list[#list + 1] = problem end
  end
  table.sort(list)
  return list
end

-- All records as text.
local function log_of(course)
  local lines = { table.concat(course.ledger.order, "\n") }
  for _, each in ipairs(course.home.sent) do
    lines[#lines + 1] = ("%s %s"):format(each.time, tostring(each))
  end
  for _, each in ipairs(course.home.logged) do
    lines[#lines + 1] = ("%s %s"):format(each.level, each.text)
  end
  for _, each in ipairs(course.home.requests) do
    lines[#lines + 1] = ("%s %s"):format(each.method, each.path)
  end
  return table.concat(lines, "\n")
end

local function check(course)
  local home = course.home
  assert.same({}, problems_of(course))
  local asked = #home.requests
  assert.same({}, cache.differences(home, home.model.data))
  assert.equal(asked, #home.requests) -- from the cache
  assert.same({}, home.scheduler.waiting)
end

-- Closes a home, and checks that no task or timer is left.
local function check_over(home)
  local scheduler = home.scheduler
  home:close()
  home.scheduler:step()
  for _, name in ipairs { "waiting", "listeners", "background" } do
    assert.same({}, scheduler[name], name)
  end
  assert.same({}, scheduler.failures)
  assert.same({}, home.handles)
end

describe("after half an hour of chaos", function()
  local course

  after_each(function()
    if course then course.home:close() end
    course = nil
  end)

  for _, seed in ipairs(seeds) do
    it("the cache is right, each change reported once, seed " .. seed, function()
      course = Course.run(seed)
      check(course)
      assert.is_true(course.ledger.changes > 100 and course.ledger.events > 200)
      check_over(course.home)
    end)
  end

  it("the same holds for an older hub", function()
    course = Course.run(7, { api_version = 2 })
    check(course)
    check_over(course.home)
  end)

  it("the same seed gives the same result", function()
    local logs = {}
    for i = 1, 2 do
      course = Course.run(8)
      logs[i] = log_of(course)
      course.home:close()
    end
    assert.equal(logs[1], logs[2])
  end)
end)
