-- Findings of homey lint: each has a severity, a problem and advice.

---@class homey.cli.Finding
---@field severity "error"|"warning"|"note"
---@field problem string  "missing_device"
---@field kind string     "flow"
---@field name string     with the names around it
---@field id string
---@field message string
---@field advice string

local findings = {}

-- Severity and advice of each problem.
local rows = {
  missing_device = { "error", "Open the flow in the Homey app, and choose another device." },
  missing_app = { "error", "Install the app again and enable it, or remove the card." },
  missing_card = { "error", "Update the app of the card, or remove the card." },
  missing_token = { "error", "Open the flow in the Homey app, and choose another tag." },
  missing_variable = { "error", "Create the variable again, and choose it in the flow." },
  missing_mood = { "error", "Open the flow in the Homey app, and choose another mood." },
  missing_flow = { "error", "Open the flow in the Homey app, and choose another flow." },
  missing_zone = { "error", "Open the flow in the Homey app, and choose another zone." },
  missing_user = { "error", "Open the flow in the Homey app, and choose another user." },
  missing_folder = { "warning", "Put the flow into a folder." },
  broken = { "error", "Open the flow in the Homey app, which marks the cards that are broken." },
  mood_device = { "warning", "Set the mood up again, without the device that is gone." },
  unreachable = { "error", "Check that it has power and is in range. If so, restart its app." },
  device_warning = { "warning", "Open the device in the Homey app." },
  weak_battery = { "warning", "Change or charge the battery." },
  duplicate_name = {
    "warning", "Give one of them another name: commands and scripts cannot tell them apart.",
  },
  app_crashed = { "error", "Restart the app. If it crashes again, report this to its developer." },
  app_disabled = { "warning", "Enable the app, or remove it with its devices." },
  empty_zone = { "note", "Remove the zone if you do not need it." },
}

local rank = { error = 1, warning = 2, note = 3 }

--- A finding.
---@param problem string
---@param thing {kind: string, name: string, id: string}
---@param message string
---@param severity? "warning"  in place of that of the problem
---@return homey.cli.Finding
function findings.new(problem, thing, message, severity)
  local row = rows[problem]
  return {
    severity = severity or row[1], problem = problem, kind = thing.kind, name = thing.name,
    id = thing.id, message = message, advice = row[2],
  }
end

--- Is this a problem that has a row?
---@param problem string
---@return boolean
function findings.knows(problem) return rows[problem] ~= nil end

--- Sort findings: the worst first, then by kind and name.
---@param list homey.cli.Finding[]
function findings.sort(list)
  table.sort(list, function(a, b)
    if rank[a.severity] ~= rank[b.severity] then return rank[a.severity] < rank[b.severity] end
    if a.kind ~= b.kind then return a.kind < b.kind end
    if a.name ~= b.name then return a.name < b.name end
    if a.id ~= b.id then return a.id < b.id end
    return a.message < b.message
  end)
end

--- Count the errors and warnings.
---@param list homey.cli.Finding[]
---@return integer
function findings.count(list)
  local count = 0
  for _, each in ipairs(list) do
    if each.severity ~= "note" then count = count + 1 end
  end
  return count
end

return findings
