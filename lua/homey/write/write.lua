-- What a script does to a flow or a variable: held back where it floods, logged in place of sent in a dry run, put into
-- the journal, sent, and told to whoever listens.

local caller = require "homey.util.call_site"
local gate = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local verdict = require "homey.util.answer_status"

---@class homey.Deed
---@field subject homey.Resource
---@field words string             what is done: "Guests = 3"
---@field facts? table<string, any>  what will be true of it
---@field method string
---@field path string
---@field body any
---@field request table            options of the request
---@field explain? fun(subject: homey.Resource, err: homey.Error): homey.Error  what a failure comes to

local deed = {}

local function note(home, each, entry)
  if not home.journal then return nil end
  local _, value = next(each.facts or {})
  entry.at, entry.name, entry.value = home.scheduler.core_loop:time(), each.facts and tostring(each.subject) or each.words, value
  entry[getmetatable(each.subject).kind] = each.subject.id
  return home.journal:add(entry)
end

local function note_call(home, each, cause)
  cause = cause or {}
  return note(home, each, {
    kind = "call", handler = cause.handler or home.journal and caller(), cause = cause.entry, because = cause.text,
    because_at = cause.at,
  })
end

-- Who listens hears of it by the mirror; where there is none, the facts are noted.
local function took(home, each, write)
  if write and home.cache then return home.cache.echo:wrote(each.subject, write) end
  if each.facts then each.subject:learn(each.facts) end
end

-- The error that a refusal comes to.
local function failure(home, each, err)
  if each.explain then return each.explain(each.subject, err) end
  if verdict(err) == 404 then return home.directory:unknown(getmetatable(each.subject).kind, each.subject.id) end
  return err
end

--- Do it, and wait until the hub has.
---@param each homey.Deed
function deed.make(each)
  local home = each.subject.home
  local cause = gate.admit(home, each.subject.id, each.words)
  each.request.vetted, each.request.words = true, each.words
  if home.dry_run then return home:queue(each.method, each.path, each.body, each.request) end
  local entry = note_call(home, each, cause)
  local write = home.cache and each.facts and home.cache.echo:writing(each.subject, each.facts, cause, entry)
  local answer = home:queue(each.method, each.path, each.body, each.request)
  home.scheduler:settle { answer }
  local err = answer.error
  note(home, each, { kind = "answer", error = err and err.message, cause = entry })
  if not err then return took(home, each, write) end
  if write and home.cache then home.cache.echo:not_written(each.subject, write) end
  raise(failure(home, each, err))
end

return deed
