// Package interoptest lets independent implementations judge a whole service:
// its tests build the program, serve it over TLS on loopback with a certificate
// of their own, and run libraries of other authors against it. It holds no code
// of the service.
package interoptest
