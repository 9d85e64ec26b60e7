-- Window: the values that one capability had during the last minutes. It needs no clock and no
-- home, so that tests are tables of cases.
--
-- Short spans are joined, so that a device that reports every second needs no more memory than
-- another. An unknown value is left out of the mean.

-- A joined span is at most such a part of the window, so there are at most twice as many of them.
local GRAINS = 600

---@class homey.Span     a time in which the value was known or unknown as a whole
---@field from number
---@field to number
---@field area number      the value times the seconds in which it was known
---@field known number     the seconds in which it was known
---@field first? number    the first value
---@field min? number
---@field max? number

---@class homey.Window
---@field seconds number   its length
---@field spans homey.Span[]  that have ended, the oldest first
---@field since? number    the start of the running span
---@field value? number    its value
local Window = { __name = "homey.Window" }
Window.__index = Window

--- An empty window.
---@param seconds number
---@return homey.Window
function Window.new(seconds)
  return setmetatable({ seconds = seconds, spans = {} }, Window)
end

--- Forget everything.
function Window:clear()
  self.spans, self.since, self.value = {}, nil, nil
end

local function drop(self, now)
  local spans, from, gone = self.spans, now - self.seconds, 0
  while spans[gone + 1] and spans[gone + 1].to <= from do gone = gone + 1 end
  if gone == 0 then return end
  local rest = {}
  for i = gone + 1, #spans do rest[#rest + 1] = spans[i] end
  self.spans = rest
end

-- Joins a span to the one before it; false when that would be too long.
local function join(self, span)
  local last = self.spans[#self.spans]
  if not last or span.to - last.from > self.seconds / GRAINS then return false end
  last.to, last.area, last.known = span.to, last.area + span.area, last.known + span.known
  if span.min then
    last.first = last.first or span.first
    last.min = math.min(last.min or span.min, span.min)
    last.max = math.max(last.max or span.max, span.max)
  end
  return true
end

--- Note a new value.
---@param at number       seconds
---@param value? number   nil: it is unknown from now on
function Window:add(at, value)
  local since, before = self.since, self.value
  if since then
    at = math.max(at, since)
    if at > since then
      local span = {
        from = since, to = at, area = before and before * (at - since) or 0,
        known = before and at - since or 0, first = before, min = before, max = before,
      }
      if not join(self, span) then table.insert(self.spans, span) end
    end
  end
  self.since, self.value = at, value
  drop(self, at)
end

-- Calls f for each span in the window with the part of it that is in the window, and for the
-- running one.
local function each_span(self, now, f)
  drop(self, now)
  local from = now - self.seconds
  for _, span in ipairs(self.spans) do
    f(span, (span.to - math.max(span.from, from)) / (span.to - span.from))
  end
  if self.since and self.value then
    local seconds = math.max(now - math.max(self.since, from), 0)
    f({ area = self.value * seconds, known = seconds, min = self.value, max = self.value }, 1)
  end
end

--- The mean of the value, weighted by time.
---@param now number
---@return number?  nil when the value was unknown all the time
function Window:mean(now)
  local area, known = 0, 0
  each_span(self, now, function(span, share)
    area, known = area + span.area * share, known + span.known * share
  end)
  if known == 0 then return self.value end
  return area / known
end

--- The least value.
---@param now number
---@return number?
function Window:min(now)
  local least
  each_span(self, now, function(span)
    if span.min then least = math.min(least or span.min, span.min) end
  end)
  return least
end

--- The greatest value.
---@param now number
---@return number?
function Window:max(now)
  local greatest
  each_span(self, now, function(span)
    if span.max then greatest = math.max(greatest or span.max, span.max) end
  end)
  return greatest
end

--- How much the value has changed since the start of the window; since the first known value, when
--- that is later.
---@param now number
---@return number?  nil while the value is unknown
function Window:change(now)
  drop(self, now)
  if not self.value then return nil end
  for _, span in ipairs(self.spans) do
    if span.first then return self.value - span.first end
  end
  return 0
end

--- Seconds until the result may be another one although no value comes.
---@param now number
---@return number?  nil: it stays
function Window:next(now)
  if self:min(now) == self:max(now) then return nil end
  return self.spans[1] and math.max(self.spans[1].to + self.seconds - now, 0)
end

return Window
