package migrate

// Grant is grant, for roles that no program uses.
var Grant = grant
