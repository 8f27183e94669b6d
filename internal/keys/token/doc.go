// Package token keeps private halves in hardware that is reached by PKCS #11
// (OASIS PKCS #11 2.40). They are made there and never leave it; the register
// keeps a name. Only a program built with the tag pkcs11, and with cgo, has it:
// the library of a token is loaded at run time, which a static one cannot.
package token
