--- A whole program that sets a device: first.lua ADDRESS TOKEN DEVICE
local homey = require "homey"
homey.login { address = arg[1], token = arg[2] }
homey.device(arg[3]):set("onoff", true)
