--- Certificates of the simulator: a CA of its own, and the server certificates that it signs.
local bignum = require "openssl.bignum"
local pkey = require "openssl.pkey"
local rand = require "openssl.rand"
local x509 = require "openssl.x509"
local altname = require "openssl.x509.altname"
local context = require "openssl.ssl.context"
local extension = require "openssl.x509.extension"
local name = require "openssl.x509.name"

local day = 24 * 60 * 60
local served = {
  "accounts.athom.com", "api.athom.com", "energy-api.athom.com", "weather-api.athom.com",
  "*.connect.athom.com", "*.homey.homeylocal.com", "localhost",
}

local certificates = {}

local function distinguished_name(common)
  local n = name.new()
  n:add("CN", common)
  return n
end

local function unsigned(subject, issuer, from, till)
  local cert = x509.new()
  cert:setVersion(3)
  cert:setSerial(bignum.fromBinary("\1" .. rand.bytes(15)))
  cert:setSubject(distinguished_name(subject))
  cert:setIssuer(distinguished_name(issuer))
  cert:setLifetime(from, till)
  return cert
end

---@class homey.sim.Authority
---@field name string
---@field key userdata
---@field cert userdata

--- A new certificate authority.
---@param common string  its name
---@return homey.sim.Authority
function certificates.authority(common)
  local now = os.time()
  local key = pkey.new { type = "EC", curve = "prime256v1" }
  local cert = unsigned(common, common, now - day, now + 365 * day)
  cert:setPublicKey(key)
  cert:setBasicConstraints { CA = true }
  cert:setBasicConstraintsCritical(true)
  cert:addExtension(extension.new("keyUsage", "critical,keyCertSign,cRLSign"))
  cert:sign(key)
  return { name = common, key = key, cert = cert }
end

local function alternative_names(hosts)
  local alt = altname.new()
  for _, host in ipairs(hosts) do alt:add("DNS", host) end
  return alt
end

--- Write an authority to a file, so that several simulators can share it.
---@param authority homey.sim.Authority
---@param path string
function certificates.write_authority(authority, path)
  local file = assert(io.open(path, "wb"))
  assert(file:write(authority.key:toPEM "private", authority.cert:tostring()))
  assert(file:close())
end

--- Read an authority from a file of `write_authority`.
---@param path string
---@return homey.sim.Authority
function certificates.read_authority(path)
  local file = assert(io.open(path, "rb"))
  local pem = file:read "*a"
  file:close()
  local text = pem:match("%-%-%-%-%-BEGIN CERTIFICATE.*")
  local cert = x509.new((assert(text, "no certificate in " .. path)))
  return { name = cert:getSubject():all()[1].blob, key = pkey.new(pem), cert = cert }
end

--- TLS contexts for the real host names, one for each service of `listen`.
---@param authority homey.sim.Authority
---@param hub_id string
---@return table<string, userdata>
function certificates.services(authority, hub_id)
  local function context_for(...) return certificates.server(authority, { hosts = { ... } }) end
  return {
    accounts = context_for "accounts.athom.com",
    api = context_for("api.athom.com", "energy-api.athom.com", "weather-api.athom.com"),
    remote = context_for(hub_id .. ".connect.athom.com"),
    secure = context_for "*.homey.homeylocal.com",
  }
end

--- A TLS context of a server, with a certificate of this authority.
---@param authority homey.sim.Authority
---@param options? {hosts?: string[], from?: integer, till?: integer}
---@return userdata context
function certificates.server(authority, options)
  options = options or {}
  local now = os.time()
  local hosts = options.hosts or served
  local key = pkey.new { type = "EC", curve = "prime256v1" }
  local from, till = options.from or now - day, options.till or now + 90 * day
  local cert = unsigned(hosts[1], authority.name, from, till)
  local alt = alternative_names(hosts)
  if not options.hosts then alt:add("IP", "127.0.0.1") end
  cert:setSubjectAlt(alt)
  cert:setPublicKey(key)
  cert:setBasicConstraints { CA = false }
  cert:addExtension(extension.new("extendedKeyUsage", "serverAuth"))
  cert:sign(authority.key)
  local ctx = context.new("TLS", true)
  ctx:setPrivateKey(key)
  ctx:setCertificate(cert)
  ctx:setAlpnSelect(function(_, offered)
    for _, protocol in ipairs(offered) do
      if protocol == "http/1.1" then return protocol end
    end
  end)
  return ctx
end

--- The four TLS contexts of the simulator; its CA has signed all but `unknown_ca`.
---@param ca? homey.sim.Authority  a new one by default
---@return {https: userdata, expired: userdata, wrong_host: userdata, unknown_ca: userdata}
---@return string pem  certificate of the CA
function certificates.all(ca)
  local now = os.time()
  ca = ca or certificates.authority("Simulated Homey CA")
  local unknown = certificates.authority("Simulated unknown CA")
  return {
    https = certificates.server(ca),
    expired = certificates.server(ca, { from = now - 30 * day, till = now - day }),
    wrong_host = certificates.server(ca, { hosts = { "elsewhere.example.com" } }),
    unknown_ca = certificates.server(unknown),
  }, ca.cert:tostring()
end

return certificates
