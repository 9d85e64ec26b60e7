-- DNS messages as mDNS uses them: writes queries, reads answers. RFC 1035, 4, and RFC 6762.
--
-- Invariant: a message of any bytes is read in bounded time, and raises no error.

local text = require "homey.util.text"

local dns_message = {}

---@class homey.cli.DnsRecord
---@field name string  dots between labels, "\." for a dot and "\\" for a backslash in a label, in
---   lower case
---@field label string  the first label, as it was sent: the name of a service
---@field type "A"|"PTR"|"SRV"|"TXT"
---@field target? string  of PTR and SRV: a name like `name`
---@field target_label? string  the first label of `target`
---@field port? integer  of SRV
---@field address? string  of A
---@field text? table<string, string>  of TXT: its pairs NAME=VALUE, names in lower case

local numbers = { A = 1, PTR = 12, TXT = 16, SRV = 33 }
local IN = 1 -- the class; its highest bit has another meaning in mDNS
local unicast = 128 -- bit in the first byte of the class: requests a unicast answer
local most_records = 200
local most_labels = 128
local longest_name = 255 -- bytes, each label with its length: RFC 1035, 2.3.4

local function word(number) return string.char(math.floor(number / 256), number % 256) end

-- ---- writing ------------------------------------------------------------------------------------

-- Converts escaped bytes to numbers before the name is split at its dots.
local function encoded_name(name)
  local labels = {}
  name = name:gsub("\\(.)", function(c) return ("\\%03d"):format(c:byte()) end)
  for label in (name .. "."):gmatch "([^.]*)%." do
    label = label:gsub("\\(%d%d%d)", function(code) return string.char(tonumber(code)) end)
    labels[#labels + 1] = string.char(#label) .. label
  end
  return table.concat(labels) .. "\0"
end

--- A query.
---@param questions {name: string, type: string}[]
---@return string
function dns_message.query(questions)
  local parts = { word(0), word(0), word(#questions), word(0), word(0), word(0) }
  for _, each in ipairs(questions) do
    parts[#parts + 1] = encoded_name(each.name) .. word(numbers[each.type])
      .. string.char(unicast, IN)
  end
  return table.concat(parts)
end

-- ---- reading ------------------------------------------------------------------------------------

local function word_at(bytes, i)
  local high, low = bytes:byte(i, i + 1)
  return low and high * 256 + low
end

-- Reads a name. Returns it, its first label, and the position behind it; nothing for a broken one.
local function name_at(bytes, i)
  local labels, first, behind, left = {}, nil, nil, longest_name - 1
  for _ = 1, most_labels do
    local length = bytes:byte(i)
    if not length then return nil end
    if length == 0 then return table.concat(labels, "."), first or "", behind or i + 1 end
    if length >= 192 then -- a pointer to where the name goes on
      local pointer = word_at(bytes, i)
      if not pointer then return nil end
      behind, i = behind or i + 2, pointer - 192 * 256 + 1
    else
      local label = bytes:sub(i + 1, i + length)
      left = left - 1 - length
      if length >= 64 or #label < length or left < 0 then return nil end
      first = first or label
      labels[#labels + 1] = text.lower(label):gsub("[.\\]", "\\%0")
      i = i + 1 + length
    end
  end
end

local readers = {}

function readers.A(record, bytes, i, size)
  if size ~= 4 then return false end
  record.address = ("%d.%d.%d.%d"):format(bytes:byte(i, i + 3))
  return true
end

function readers.PTR(record, bytes, i)
  record.target, record.target_label = name_at(bytes, i)
  return record.target ~= nil
end

function readers.SRV(record, bytes, i, size)
  record.port = size > 6 and word_at(bytes, i + 4)
  if not record.port then return false end
  record.target, record.target_label = name_at(bytes, i + 6)
  return record.target ~= nil
end

function readers.TXT(record, bytes, i, size)
  local last = i + size - 1
  record.text = {}
  while i <= last do
    local length = bytes:byte(i)
    local name, value = bytes:sub(i + 1, math.min(i + length, last)):match "^([^=]+)=(.*)$"
    if name and record.text[text.lower(name)] == nil then record.text[text.lower(name)] = value end
    i = i + 1 + length
  end
  return true
end

local types = {}
for name, number in pairs(numbers) do types[number] = name end

-- Reads a record. Returns it, or false for one of another type, and the position behind it.
local function record_at(bytes, i)
  local name, label, at = name_at(bytes, i)
  local size = name and word_at(bytes, at + 8)
  if not size or #bytes < at + 9 + size then return nil end
  local kind, class = types[word_at(bytes, at)], word_at(bytes, at + 2) % 32768
  local record = { name = name, label = label, type = kind }
  local fits = class == IN and kind and readers[kind](record, bytes, at + 10, size)
  return fits and record, at + 10 + size
end

--- Read an answer. Records of other types, and all records after a malformed one, are left out.
---@param bytes string
---@return homey.cli.DnsRecord[]  empty for anything that is no answer
function dns_message.records(bytes)
  local list, i = {}, 13
  if #bytes < 12 or bytes:byte(3) < 128 then return list end -- a query
  local count = word_at(bytes, 7) + word_at(bytes, 9) + word_at(bytes, 11)
  for _ = 1, math.min(word_at(bytes, 5), most_records) do -- the questions are repeated
    local name, _, behind = name_at(bytes, i)
    if not name then return list end
    i = behind + 4
  end
  for _ = 1, math.min(count, most_records) do
    local record, behind = record_at(bytes, i)
    if not behind then return list end
    list[#list + 1], i = record or nil, behind
  end
  return list
end

return dns_message
