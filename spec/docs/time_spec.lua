-- Tables of docs/time.md: each rule and condition does what its row says.
-- Runs hardly any C code: not under Valgrind.

local Condition = require "homey.time.condition"
local Location = require "homey.time.location"
local Rule = require "homey.time.rule"
local calendar = require "homey.time.calendar"
local try = require "homey.task.try"

local amsterdam = Location.new { timezone = "Europe/Amsterdam", latitude = 52.37, longitude = 4.9 }

local function moment(text)
  local year, month, day, hour, min = text:match "(%d+)-(%d+)-(%d+) (%d+):(%d+)"
  local days = calendar.days(tonumber(year), tonumber(month), tonumber(day))
  return amsterdam:at(days * 86400 + hour * 3600 + min * 60)
end

-- The rows of the table under a head, as lists of cells.
local function rows(head)
  local text = dofile("mk/files.lua").contents "docs/time.md"
  local list = {}
  local body = text:match("\n| " .. head .. " |[^\n]*\n|[-|]+\n(.-)\n\n")
  for line in body:gmatch "[^\n]+" do
    local cells = {}
    for cell in line:gmatch "| ([^|]+) " do cells[#cells + 1] = cell end
    list[#list + 1] = cells
  end
  return list
end

-- The texts in backquotes of a cell.
local function quoted(cell)
  local list = {}
  for text in cell:gmatch "`([^`]+)`" do list[#list + 1] = text end
  return list
end

local now = moment "2026-06-12 12:00"

describe("docs/time.md", function()
  local count = 0

  for _, row in ipairs(rows "Rule") do
    local rules, i = quoted(row[1]), 0
    for expected in row[3]:gmatch "%a%a%a [%d-]+ [%d:]+" do
      i, count = i + 1, count + 1
      local rule = rules[i]
      it("is right about " .. rule, function()
        local at = Rule.parse(rule):next(now, amsterdam)
        assert.equal(expected, os.date("!%a %Y-%m-%d %H:%M:%S", math.floor(amsterdam:wall(at))))
      end)
    end
    for _, other in ipairs(quoted(row[2])) do -- "also `2nd tue`": days, or a rule of their own
      count = count + 1
      it("names an existing rule: " .. other, function()
        local text = (other:find "^@") and other or "07:00 " .. other
        assert.is_truthy(Rule.parse(text):next(now, amsterdam))
      end)
    end
  end

  for _, row in ipairs(rows "Wrong") do
    count = count + 1
    it("is right about what is wrong with " .. quoted(row[1])[1], function()
      local _, err = try(Rule.parse, quoted(row[1])[1])
      assert.equal("invalid", err.kind)
      assert.equal(row[2], err.message)
    end)
  end

  for _, row in ipairs(rows "Condition") do
    local text = quoted(row[1])[1]
    for i, truth in pairs { [2] = true, [3] = false } do
      for at in row[i]:gmatch "[%d-]+ [%d:]+" do
        count = count + 1
        it(("is right about %s at %s"):format(text, at), function()
          assert.equal(truth, Condition.parse(text):holds(moment(at), amsterdam))
        end)
      end
    end
  end

  it("has more than a hundred examples", function() assert.is_true(count > 100) end)
end)
