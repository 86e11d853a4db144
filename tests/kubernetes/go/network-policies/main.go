// kube-network-policies (the enforcer inside kind's own network, kindnet) with
// a kubeconfig: it judges each packet that the kernel hands to its queue. Which
// packets those are is said by iptables rules, not by its own nftables: the
// kernels here have no queue expression.
package main

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "/etc/kubernetes/admin.conf", "how the API server is reached")
	node := flag.String("node", "", "name of the node")
	queue := flag.Int("queue", 100, "number of the kernel's queue")
	klog.InitFlags(nil)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		klog.Fatal(err)
	}
	seen := informers.NewSharedInformerFactory(client, 0)
	enforcer, err := networkpolicy.NewController(client, seen.Networking().V1().NetworkPolicies(), seen.Core().V1().Namespaces(),
		seen.Core().V1().Pods(), nil, nil, nil, nil, networkpolicy.Config{NodeName: *node, QueueID: *queue})
	if err != nil {
		klog.Fatal(err)
	}
	seen.Start(ctx.Done())
	if err := enforcer.Run(ctx); err != nil {
		klog.Fatal(err)
	}
}
