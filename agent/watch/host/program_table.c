/* Data only.  Marks were taken from the programs of Debian 12 (openvpn 2.6.14, strongswan 5.9.8, openconnect 9.01,
 * libreswan 4.10, wireguard-tools 1.0.20210914, ocserv 1.1.6, openfortivpn 1.19.0); Tailscale's is the linker flag of
 * its build_dist.sh, Cisco's the attribute of its local policy. Names of packages: Debian's and Fedora's archives and
 * the makers' own packages. */
#include "agent/watch/host/program_table.h"

#define BIN(x) "/usr/sbin/" x " /usr/bin/" x " /usr/local/sbin/" x " /usr/local/bin/" x

const struct program_kind PROGRAM_KINDS[] = {
    {"openvpn", "OpenVPN", false, "openvpn openvpn3 openvpn3-client", BIN("openvpn") " " BIN("openvpn3") " /opt/openvpn/sbin/openvpn"},
    {"openvpn-as", "OpenVPN Access Server", true, "openvpn-as", "/usr/local/openvpn_as/sbin/openvpn-openssl"},
    {"", "WireGuard", false, "wireguard-tools wireguard-go wireguard wireguard-dkms",
     BIN("wg") " " BIN("wireguard-go") " " BIN("boringtun-cli")},
    {"strongswan", "strongSwan", false,
     "strongswan-charon charon-systemd strongswan-starter strongswan-swanctl libstrongswan libcharon-* strongswan strongswan-libs0 "
     "strongswan-charon-nm strongswan-nm strongswan-tnc-* strongswan-pki libstrongswan-* strongswan-libcharon",
     "/usr/lib/ipsec/charon /usr/libexec/ipsec/charon /usr/libexec/strongswan/charon /usr/local/libexec/ipsec/charon "
     BIN("charon-systemd") " " BIN("swanctl")},
    {"libreswan", "Libreswan", false, "libreswan", "/usr/libexec/ipsec/pluto /usr/local/libexec/ipsec/pluto"},
    {"softether", "SoftEther VPN", false, "softether-vpnserver softether-vpnclient softether-vpnbridge softether-common softether-vpncmd",
     "/usr/local/vpnserver/vpnserver /usr/local/vpnclient/vpnclient /usr/local/vpnbridge/vpnbridge /opt/vpnserver/vpnserver "
     "/opt/vpnclient/vpnclient /opt/softether/vpnserver/vpnserver /usr/libexec/softether/vpnserver/vpnserver "
     "/usr/local/libexec/softether/vpnserver/vpnserver /usr/local/libexec/softether/vpnclient/vpnclient"},
    {"openconnect", "OpenConnect", false, "openconnect libopenconnect5 libopenconnect*", BIN("openconnect")},
    {"", "ocserv", false, "ocserv", BIN("ocserv")},
    {"cisco-client", "Cisco Secure Client (AnyConnect)", true, "cisco-secure-client-vpn cisco-secure-client-* anyconnect anyconnect-*",
     "/opt/cisco/secureclient/bin/vpnagentd /opt/cisco/anyconnect/bin/vpnagentd"},
    {"forticlient", "FortiClient", true, "forticlient forticlient-*", "/opt/forticlient/fortivpn /opt/forticlient/fctsched /opt/forticlient/forticlient"},
    {"", "openfortivpn", false, "openfortivpn", BIN("openfortivpn")},
    {"globalprotect-app", "GlobalProtect", true, "globalprotect globalprotect-*",
     "/opt/paloaltonetworks/globalprotect/PanGPS /opt/paloaltonetworks/globalprotect/PanGPA"},
    {"ivanti-client", "Ivanti Secure Access Client", true, "pulsesecure pulse ivanti-secure-access",
     "/opt/pulsesecure/bin/pulsesvc /opt/pulsesecure/bin/pulsesecure /opt/pulsesecure/bin/pulselauncher /usr/local/pulse/pulsesvc"},
    {"", "Check Point SNX", true, "snx cpsnx", BIN("snx")},
    {"netextender", "SonicWall NetExtender", true, "netextender",
     BIN("netExtender") " /usr/local/netextender/NetExtender /opt/netextender/NetExtender /usr/local/netextender/NEService"},
    {"tailscale", "Tailscale", true, "tailscale", BIN("tailscaled")},
    {"", "ZeroTier", true, "zerotier-one", BIN("zerotier-one")},
    {"", "vpnc", false, "vpnc", BIN("vpnc")},
    {"", "xl2tpd", false, "xl2tpd", BIN("xl2tpd")},
    {"", "pptpd", false, "pptpd pptp-linux pptp", BIN("pptpd")},
    {"", "NetworkManager VPN plug-in: OpenVPN", false, "network-manager-openvpn NetworkManager-openvpn", ""},
    {"", "NetworkManager VPN plug-in: OpenConnect", false, "network-manager-openconnect NetworkManager-openconnect", ""},
    {"", "NetworkManager VPN plug-in: strongSwan", false, "network-manager-strongswan NetworkManager-strongswan", ""},
    {"", "NetworkManager VPN plug-in: Libreswan", false, "network-manager-libreswan NetworkManager-libreswan", ""},
    {"", "NetworkManager VPN plug-in: L2TP", false, "network-manager-l2tp NetworkManager-l2tp", ""},
    {"", "NetworkManager VPN plug-in: FortiSSL", false, "network-manager-fortisslvpn NetworkManager-fortisslvpn", ""},
    {"", "NetworkManager VPN plug-in: vpnc", false, "network-manager-vpnc NetworkManager-vpnc", ""},
    {"", "NetworkManager VPN plug-in: PPTP", false, "network-manager-pptp NetworkManager-pptp", ""},
    {"", "NetworkManager VPN plug-in: SSTP", false, "network-manager-sstp NetworkManager-sstp", ""},
    {"", "xrdp", false, "xrdp", BIN("xrdp")},
    {"", "VNC server", false, "tigervnc-standalone-server tigervnc-server tightvncserver x11vnc realvnc-vnc-server", BIN("x11vnc")},
    {"", "TeamViewer", true, "teamviewer teamviewer-host", "/opt/teamviewer/tv_bin/teamviewerd"},
    {"", "AnyDesk", true, "anydesk", BIN("anydesk")},
    {"", "RustDesk", true, "rustdesk", "/usr/share/rustdesk/rustdesk"},
};
const size_t PROGRAM_KINDS_COUNT = sizeof PROGRAM_KINDS / sizeof *PROGRAM_KINDS;

#define CISCO_POLICY(folder) "/opt/cisco/" folder "/AnyConnectLocalPolicy.xml"

const struct program_mark PROGRAM_MARKS[] = {
    {"openvpn", NULL, "OpenVPN ", "-linux", NULL},               /* OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)] */
    {"openvpn", NULL, NULL, NULL, "OpenVPN"},
    {"strongswan", NULL, "strongSwan ", ", %s", NULL},           /* Starting IKE charon daemon (strongSwan 5.9.8, %s %s, %s) */
    {"strongswan", NULL, "strongSwan ", " swanctl", NULL},
    {"strongswan", NULL, NULL, NULL, "strongSwan"},
    {"libreswan", NULL, "^Libreswan ", NULL, NULL},
    {"openconnect", NULL, "^v", NULL, "OpenConnect version %s"}, /* v9.01-3 */
    {"", NULL, NULL, NULL, "wireguard-tools v%s"},
    {"", NULL, "^ocserv ", NULL, NULL},
    {"", NULL, "^openfortivpn ", NULL, NULL},
    {"tailscale", NULL, "tailscale.com/version.shortStamp=", "", NULL},
    {"netextender", NULL, "NetExtender for Linux - Version ", "", NULL},
    {"cisco-client", CISCO_POLICY("secureclient"), "acversion=\"", "\"", "AnyConnectLocalPolicy"},
    {"cisco-client", CISCO_POLICY("anyconnect"), "acversion=\"", "\"", "AnyConnectLocalPolicy"},
};
const size_t PROGRAM_MARKS_COUNT = sizeof PROGRAM_MARKS / sizeof *PROGRAM_MARKS;
